-- Who changed what: a row for every change, in its transaction. time is milliseconds; record is the .id as text.
CREATE TABLE audit (
    id {key},
    time BIGINT NOT NULL,
    `user` VARCHAR(190) NOT NULL,
    `from` VARCHAR(190),
    menu VARCHAR(190) NOT NULL,
    record VARCHAR(32),
    action VARCHAR(64) NOT NULL,
    `before` TEXT,
    `after` TEXT
);
INSERT INTO id_row (menu, next) VALUES ('/system/audit', 1);

-- /system/identity: one row.
CREATE TABLE identity (
    id {key},
    name VARCHAR(190)
);
INSERT INTO identity (id, name) VALUES (0, 'UserManager');
