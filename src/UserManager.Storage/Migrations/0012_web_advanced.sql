-- /user-manager/advanced: one row. Passwords and signature are sealed.
CREATE TABLE advanced (
    id {key},
    web_private_username TEXT,
    web_private_password TEXT,
    paypal_allow INTEGER,
    paypal_use_sandbox INTEGER,
    paypal_user TEXT,
    paypal_password TEXT,
    paypal_signature TEXT,
    paypal_currency VARCHAR(8)
);
INSERT INTO advanced (id) VALUES (0);
