// One query with the Node.js driver that the argument names: by DATABASE_URL, or by DB_* where it ends in "-parts".
const QUERY = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
const { DATABASE_URL: url, DB_HOST: host, DB_PORT: port, DB_NAME: database, DB_USER: user, DB_PASSWORD: password } = process.env;
const parts = { host, port: Number(port), database, user, password };

async function pg(name, options) {
  const client = new (require(name).Client)(options);
  await client.connect();
  return (await client.query(QUERY)).rows[0];
}

async function knex(connection) {
  return (await require("knex")({ client: "pg", connection }).raw(QUERY)).rows[0];
}

async function typeorm(options) {
  const source = new (require("typeorm").DataSource)({ type: "postgres", ...options });
  return (await (await source.initialize()).query(QUERY))[0];
}

async function sequelize() {
  const { Sequelize } = require("sequelize");
  return (await new Sequelize(url, { logging: false }).query(QUERY))[0][0];
}

async function drizzle() {
  return (await require("drizzle-orm/node-postgres").drizzle(url).execute(QUERY)).rows[0];
}

async function prisma() {
  const { PrismaPg } = require("@prisma/adapter-pg");
  const adapter = await new PrismaPg({ connectionString: url }).connect();
  const answer = await adapter.queryRaw({ sql: QUERY, args: [], argTypes: [] });
  return { ssl: answer.rows[0][0], version: answer.rows[0][1] };
}

const CLIENTS = {
  "pg": () => pg("pg", { connectionString: url }),
  "pg-parts": () => pg("pg", parts),
  "pg811": () => pg("pg811", { connectionString: url }),
  "pg811-parts": () => pg("pg811", parts),
  "postgres": async () => (await require("postgres")(url).unsafe(QUERY))[0],
  "postgres-parts": async () => (await require("postgres")(parts).unsafe(QUERY))[0],
  "knex": () => knex(url),
  "knex-parts": () => knex(parts),
  "typeorm": () => typeorm({ url }),
  "typeorm-parts": () => typeorm({ ...parts, username: user }),
  "sequelize": sequelize,
  "drizzle": drizzle,
  "prisma": prisma,
};

CLIENTS[process.argv[2]]().then(
  ({ ssl, version }) => { console.log(ssl, version); process.exit(0); },
  (failure) => { console.error(failure.code, failure.message); process.exit(1); },
);
