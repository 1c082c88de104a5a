/** Writes down a recipe every second. */
export const COOKING = `
until psql -qc 'CREATE TABLE IF NOT EXISTS recipe (id bigserial PRIMARY KEY, at timestamptz DEFAULT now())'; do
    sleep 0.5
done
while true; do
    psql -qc 'INSERT INTO recipe DEFAULT VALUES' || true
    sleep 1
done
`;
