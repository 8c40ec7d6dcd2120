-- What nodes tell each other for a time (ISharedCache): octets sealed by config/secret.key; until in milliseconds by the database's clock.
CREATE TABLE shared_cache (
    name VARCHAR(128) NOT NULL PRIMARY KEY,
    octets LONGTEXT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX shared_cache_until ON shared_cache (until);
