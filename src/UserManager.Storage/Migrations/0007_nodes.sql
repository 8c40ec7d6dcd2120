-- The servers that share the database: a row each, from their start on. Times in milliseconds, by the database's clock.
CREATE TABLE node (
    id {key},
    name VARCHAR(190) NOT NULL,
    process_id BIGINT NOT NULL,
    version VARCHAR(40) NOT NULL,
    started BIGINT NOT NULL,
    last_seen BIGINT NOT NULL
);
INSERT INTO id_row (menu, next) VALUES ('/system/node', 1);
