// One query with the Go driver that the argument names: by DATABASE_URL, or by DB_* where it ends in "-parts".
package main

import (
	"database/sql"
	"fmt"
	"os"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

const query = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"

func main() {
	driver, byParts := strings.CutSuffix(os.Args[1], "-parts")
	source := os.Getenv("DATABASE_URL")
	if byParts {
		// As GORM's documentation writes it.
		source = os.Expand("host=${DB_HOST} port=${DB_PORT} user=${DB_USER} password=${DB_PASSWORD} dbname=${DB_NAME}", quoted)
	}
	var ssl bool
	var version string
	database, err := sql.Open(driver, source)
	if err == nil {
		err = database.QueryRow(query).Scan(&ssl, &version)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(ssl, version)
}

func quoted(name string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(os.Getenv(name)) + "'"
}
