-- What users pay. price: decimal as text. trans_end: -1 not finished. reference: what the gateway knows it by. changed: of the status.
CREATE TABLE payment (
    id {key},
    `user` BIGINT NOT NULL,
    profile BIGINT NOT NULL,
    price VARCHAR(40) NOT NULL,
    currency VARCHAR(8) NOT NULL,
    method VARCHAR(60) NOT NULL,
    trans_start BIGINT NOT NULL,
    trans_end BIGINT NOT NULL,
    trans_status VARCHAR(16) NOT NULL,
    user_message TEXT,
    reference VARCHAR(120),
    `transaction` VARCHAR(120),
    changed BIGINT NOT NULL,
    user_profile BIGINT,
    UNIQUE (method, reference)
);
CREATE INDEX payment_of_user ON payment (`user`);
CREATE INDEX payment_of_status ON payment (method, trans_status);

INSERT INTO id_row (menu, next) VALUES ('/user-manager/payment', 1);
