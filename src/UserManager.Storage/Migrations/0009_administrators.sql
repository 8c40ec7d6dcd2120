-- /user and /user/group: a row per administrator. password is a hash (PasswordHash), sealed as all secrets are.
CREATE TABLE administrator_group (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    policy TEXT,
    comment TEXT
);
INSERT INTO administrator_group (id, name, policy) VALUES
    (1, 'read', 'local,read,password,web,api,rest-api'),
    (2, 'write', 'local,read,write,password,web,api,rest-api'),
    (3, 'full', 'local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,sensitive,api,romon,rest-api');

CREATE TABLE administrator (
    id {key},
    name VARCHAR(190) NOT NULL UNIQUE,
    `group` BIGINT,
    password TEXT,
    address TEXT,
    last_logged_in BIGINT,
    disabled INTEGER,
    comment TEXT
);
INSERT INTO id_row (menu, next) VALUES ('/user', 1), ('/user/group', 4);
