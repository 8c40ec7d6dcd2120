-- /ip/service: the TCP ports of HTTP. certificate: -1 is none; NULL, never chosen: the first start chooses one.
CREATE TABLE ip_service (
    id {key},
    name VARCHAR(30) NOT NULL UNIQUE,
    port INTEGER NOT NULL,
    address TEXT,
    certificate BIGINT,
    disabled INTEGER
);
INSERT INTO ip_service (id, name, port, address, disabled) VALUES (1, 'www', 80, '', 1), (2, 'www-ssl', 443, '', 0);
INSERT INTO id_row (menu, next) VALUES ('/ip/service', 3);
