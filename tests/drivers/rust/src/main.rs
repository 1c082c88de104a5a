//! One query with the Rust driver that the argument names: by DATABASE_URL, or by DB_* for "sqlx-parts".
//! tokio-postgres reads no environment; an application gives it a connector, here with the file at PGSSLROOTCERT.

use std::env::var;
use std::error::Error;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Row};

const QUERY: &str = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
type Answer = Result<(bool, String), Box<dyn Error>>;

async fn sqlx(options: PgConnectOptions) -> Answer {
    let mut connection: PgConnection = options.connect().await?;
    let row = sqlx::query(QUERY).fetch_one(&mut connection).await?;
    Ok((row.get(0), row.get(1)))
}

fn parts() -> Result<PgConnectOptions, Box<dyn Error>> {
    let known = PgConnectOptions::new().host(&var("DB_HOST")?).port(var("DB_PORT")?.parse()?);
    Ok(known.database(&var("DB_NAME")?).username(&var("DB_USER")?).password(&var("DB_PASSWORD")?))
}

async fn native_tls() -> Answer {
    let authority = native_tls::Certificate::from_pem(&std::fs::read(var("PGSSLROOTCERT")?)?)?;
    let connector = native_tls::TlsConnector::builder().add_root_certificate(authority).build()?;
    row(postgres_native_tls::MakeTlsConnector::new(connector)).await
}

async fn rustls() -> Answer {
    use rustls::pki_types::{pem::PemObject, CertificateDer};
    let mut authorities = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(var("PGSSLROOTCERT")?)? {
        authorities.add(certificate?)?;
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(authorities).with_no_client_auth();
    row(tokio_postgres_rustls::MakeRustlsConnect::new(config)).await
}

async fn row<T>(connector: T) -> Answer
where
    T: tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>,
    T::Stream: Send + 'static,
{
    let (client, connection) = tokio_postgres::connect(&var("DATABASE_URL")?, connector).await?;
    tokio::spawn(async move { drop(connection.await) });
    let row = client.query_one(QUERY, &[]).await?;
    Ok((row.get(0), row.get(1)))
}

async fn answer(client: &str) -> Answer {
    match client {
        "sqlx" => sqlx(var("DATABASE_URL")?.parse()?).await,
        "sqlx-parts" => sqlx(parts()?).await,
        "native-tls" => native_tls().await,
        _ => rustls().await,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match answer(&std::env::args().nth(1).expect("a client")).await {
        Ok((ssl, version)) => println!("{ssl} {version}"),
        Err(failure) => {
            eprintln!("{failure} {}", failure.source().map(|source| source.to_string()).unwrap_or_default());
            std::process::exit(1);
        }
    }
}
