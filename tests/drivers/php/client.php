<?php
// One query with PHP: `pdo` by DB_*, as PDO takes no URL, `pgsql` by DATABASE_URL.
const QUERY = 'SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
error_reporting(0);
try {
    if ($argv[1] === 'pdo-parts') {
        $place = sprintf('pgsql:host=%s;port=%s;dbname=%s', getenv('DB_HOST'), getenv('DB_PORT'), getenv('DB_NAME'));
        $row = (new PDO($place, getenv('DB_USER'), getenv('DB_PASSWORD')))->query(QUERY)->fetch(PDO::FETCH_NUM);
        $row[0] = $row[0] ? 't' : 'f';
    } else {
        $row = pg_fetch_row(pg_query(pg_connect(getenv('DATABASE_URL')), QUERY));
    }
    echo $row[0] === 't' ? 'true' : 'false', ' ', $row[1], "\n";
} catch (Throwable $failure) {
    fwrite(STDERR, $failure->getMessage() . ' ' . (error_get_last()['message'] ?? '') . "\n");
    exit(1);
}
