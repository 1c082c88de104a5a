# One query with Ruby's pg, which ActiveRecord and Sequel use: by DATABASE_URL, or by DB_* for "pg-parts".
require "pg"

QUERY = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
PARTS = { host: "HOST", port: "PORT", dbname: "NAME", user: "USER", password: "PASSWORD" }

begin
  source = ARGV[0] == "pg-parts" ? PARTS.transform_values { |part| ENV.fetch("DB_#{part}") } : ENV.fetch("DATABASE_URL")
  row = PG.connect(source).exec(QUERY)[0]
  puts "#{row["ssl"] == "t"} #{row["version"]}"
rescue PG::Error => failure
  abort failure.message
end
