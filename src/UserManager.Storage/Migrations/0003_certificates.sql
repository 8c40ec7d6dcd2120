-- /certificate. A template has no certificate_octets. Octets are base64 of DER; key_octets is PKCS#8, sealed (SecretBox).
-- automatic: made at the first start, and renewed by the server itself.
CREATE TABLE certificate (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    country VARCHAR(10),
    state VARCHAR(255),
    locality VARCHAR(255),
    organization VARCHAR(255),
    unit VARCHAR(255),
    common_name VARCHAR(255),
    key_size VARCHAR(30),
    subject_alt_name TEXT,
    days_valid BIGINT,
    trusted INTEGER,
    key_usage VARCHAR(255),
    ca BIGINT,
    ca_crl_host VARCHAR(255),
    issuer TEXT,
    serial_number VARCHAR(60),
    fingerprint VARCHAR(64),
    akid VARCHAR(130),
    skid VARCHAR(130),
    invalid_before BIGINT,
    invalid_after BIGINT,
    digest_algorithm VARCHAR(20),
    crl INTEGER,
    authority INTEGER,
    automatic INTEGER,
    revoked_at BIGINT,
    certificate_octets LONGTEXT,
    key_octets LONGTEXT
);
CREATE INDEX certificate_of_ca ON certificate (ca);
CREATE INDEX certificate_of_fingerprint ON certificate (fingerprint);

-- /certificate/crl: of each authority the newest list.
CREATE TABLE certificate_crl (
    id {key},
    cert BIGINT,
    url VARCHAR(255),
    num VARCHAR(60),
    revoked BIGINT,
    last_update BIGINT,
    next_update BIGINT,
    fingerprint VARCHAR(64),
    list_octets LONGTEXT
);

CREATE TABLE certificate_settings (
    id {key},
    crl_download INTEGER,
    crl_use INTEGER,
    crl_store VARCHAR(10)
);
INSERT INTO certificate_settings (id) VALUES (0);

-- One row: a text sealed by config/secret.key, by which a missing or another key is found out at the start.
CREATE TABLE secret_check (
    id {key},
    sealed VARCHAR(190) NOT NULL
);

-- They were texts that named nothing. -1 is none; NULL, never chosen: the first start makes a certificate.
ALTER TABLE settings DROP COLUMN certificate;
ALTER TABLE settings DROP COLUMN radsec_certificate;
ALTER TABLE settings ADD COLUMN certificate BIGINT;
ALTER TABLE settings ADD COLUMN radsec_certificate BIGINT;

INSERT INTO id_row (menu, next) VALUES
    ('/certificate', 1),
    ('/certificate/crl', 1);
