-- IGeneratedFiles: name is below um5files/PRIVATE/GENERATED; NULL while it is written, and from when another took its place. at is when it was given or lost its
-- name, in milliseconds. Its octets are in parts, from 0, sealed by config/secret.key.
CREATE TABLE generated_file (
    id {key},
    name VARCHAR(250),
    size BIGINT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (name)
);
CREATE TABLE generated_part (
    file BIGINT NOT NULL,
    part BIGINT NOT NULL,
    octets LONGTEXT NOT NULL,
    PRIMARY KEY (file, part)
);
INSERT INTO id_row (menu, next) VALUES ('generated_file', 1);
