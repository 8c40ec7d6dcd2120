-- The first schema. It runs on SQLite and on MySQL: back-ticks quote, {key}, {now} and {octets}
-- are explained in DatabaseEngine.cs.
-- Columns are named like the fields of the menus, with _ for -. NULL is unset. How values are kept: MenuColumn.cs.
-- References have no foreign keys on purpose: a user-profile outlives its user and then shows the user's id, as in RouterOS.

-- The next id of each menu. Ids are taken by an UPDATE in the transaction that uses them, and never given twice.
CREATE TABLE id_row (
    menu VARCHAR(190) NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);

-- What was changed, for the caches of this node and the others. One row for every write of a menu's record, in its transaction.
CREATE TABLE `change` (
    sequence {key},
    menu VARCHAR(190) NOT NULL,
    record BIGINT NOT NULL,
    node VARCHAR(32) NOT NULL,
    at BIGINT NOT NULL
);

-- What one node at a time may do: jobs.
CREATE TABLE lease (
    name VARCHAR(190) NOT NULL PRIMARY KEY,
    owner VARCHAR(190) NOT NULL,
    expires_at BIGINT NOT NULL
);

-- /user-manager: one row. `enabled` is per node and not here.
CREATE TABLE settings (
    id {key},
    authentication_port INTEGER,
    accounting_port INTEGER,
    certificate VARCHAR(190),
    radsec_certificate VARCHAR(190),
    use_profiles INTEGER,
    require_message_auth VARCHAR(30)
);
INSERT INTO settings (id, authentication_port, accounting_port, use_profiles, require_message_auth)
VALUES (0, 1812, 1813, 0, 'yes-access-request');

CREATE TABLE router (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    address VARCHAR(64) NOT NULL,
    shared_secret TEXT,
    protocol VARCHAR(10),
    coa_port INTEGER,
    require_message_auth VARCHAR(30),
    disabled INTEGER,
    comment TEXT
);
CREATE INDEX router_of_address ON router (address);

-- vendor_id: -1 standard, -2 Cisco, -3 Microsoft, -4 Mikrotik (the words of the field), otherwise the number.
CREATE TABLE attribute (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    vendor_id BIGINT,
    type_id INTEGER NOT NULL,
    value_type VARCHAR(12),
    packet_types VARCHAR(40),
    default_name VARCHAR(255),
    `default` INTEGER GENERATED ALWAYS AS (COALESCE(default_name, '') <> '') VIRTUAL
);
INSERT INTO attribute (id, name, vendor_id, type_id, value_type, packet_types, default_name) VALUES
    (1, 'Framed-IP-Address', -1, 8, 'ip-address', 'access-accept', 'Framed-IP-Address'),
    (2, 'Framed-IP-Netmask', -1, 9, 'ip-address', 'access-accept', 'Framed-IP-Netmask'),
    (3, 'Session-Timeout', -1, 27, 'uint32', 'access-accept', 'Session-Timeout'),
    (4, 'Idle-Timeout', -1, 28, 'uint32', 'access-accept', 'Idle-Timeout'),
    (5, 'Framed-Pool', -1, 88, 'string', 'access-accept', 'Framed-Pool'),
    (6, 'Framed-IPv6-Address', -1, 168, 'ip-address', 'access-accept', 'Framed-IPv6-Address'),
    (7, 'Framed-IPv6-Pool', -1, 100, 'string', 'access-accept', 'Framed-IPv6-Pool'),
    (8, 'Framed-IPv6-Prefix', -1, 97, 'ip6-prefix', 'access-accept', 'Framed-IPv6-Prefix'),
    (9, 'Delegated-IPv6-Prefix', -1, 123, 'ip6-prefix', 'access-accept', 'Delegated-IPv6-Prefix'),
    (10, 'Tunnel-Type', -1, 64, 'uint32', 'access-accept', 'Tunnel-Type'),
    (11, 'Tunnel-Medium-Type', -1, 65, 'uint32', 'access-accept', 'Tunnel-Medium-Type'),
    (12, 'Tunnel-Private-Group-ID', -1, 81, 'string', 'access-accept', 'Tunnel-Private-Group-ID'),
    (13, 'Acct-Interim-Interval', -1, 85, 'uint32', 'access-accept', 'Acct-Interim-Interval'),
    (14, 'Mikrotik-Recv-Limit', -4, 1, 'uint32', 'access-accept', 'Mikrotik-Recv-Limit'),
    (15, 'Mikrotik-Xmit-Limit', -4, 2, 'uint32', 'access-accept', 'Mikrotik-Xmit-Limit'),
    (16, 'Mikrotik-Group', -4, 3, 'string', 'access-accept', 'Mikrotik-Group'),
    (17, 'Mikrotik-Wireless-Forward', -4, 4, 'uint32', 'access-accept', 'Mikrotik-Wireless-Forward'),
    (18, 'Mikrotik-Wireless-Skip-Dot1x ', -4, 5, 'uint32', 'access-accept', 'Mikrotik-Wireless-Skip-Dot1x '),
    (19, 'Mikrotik-Wireless-Enc-Algo', -4, 6, 'uint32', 'access-accept', 'Mikrotik-Wireless-Enc-Algo'),
    (20, 'Mikrotik-Wireless-Enc-Key', -4, 7, 'string', 'access-accept', 'Mikrotik-Wireless-Enc-Key'),
    (21, 'Mikrotik-Rate-Limit', -4, 8, 'string', 'access-accept', 'Mikrotik-Rate-Limit'),
    (22, 'Mikrotik-Realm', -4, 9, 'string', 'access-accept', 'Mikrotik-Realm'),
    (23, 'Mikrotik-Host-IP', -4, 10, 'ip-address', 'access-accept', 'Mikrotik-Host-IP'),
    (24, 'Mikrotik-Mark-Id', -4, 11, 'string', 'access-accept', 'Mikrotik-Mark-Id'),
    (25, 'Mikrotik-Advertise-URL', -4, 12, 'string', 'access-accept', 'Mikrotik-Advertise-URL'),
    (26, 'Mikrotik-Advertise-Interval', -4, 13, 'uint32', 'access-accept', 'Mikrotik-Advertise-Interval'),
    (27, 'Mikrotik-Recv-Limit-Gigawords', -4, 14, 'uint32', 'access-accept', 'Mikrotik-Recv-Limit-Gigawords'),
    (28, 'Mikrotik-Xmit-Limit-Gigawords', -4, 15, 'uint32', 'access-accept', 'Mikrotik-Xmit-Limit-Gigawords'),
    (29, 'Mikrotik-Wireless-PSK', -4, 16, 'string', 'access-accept', 'Mikrotik-Wireless-PSK'),
    (30, 'Mikrotik-Total-Limit', -4, 17, 'uint32', 'access-accept', 'Mikrotik-Total-Limit'),
    (31, 'Mikrotik-Total-Limit-Gigawords', -4, 18, 'uint32', 'access-accept', 'Mikrotik-Total-Limit-Gigawords'),
    (32, 'Mikrotik-Address-List', -4, 19, 'string', 'access-accept', 'Mikrotik-Address-List'),
    (33, 'Mikrotik-Wireless-MPKey', -4, 20, 'string', 'access-accept', 'Mikrotik-Wireless-MPKey'),
    (34, 'Mikrotik-Wireless-Comment', -4, 21, 'string', 'access-accept', 'Mikrotik-Wireless-Comment'),
    (35, 'Mikrotik-Delegated-IPv6-Pool', -4, 22, 'string', 'access-accept', 'Mikrotik-Delegated-IPv6-Pool'),
    (36, 'Mikrotik-DHCP-Option-Set', -4, 23, 'string', 'access-accept', 'Mikrotik-DHCP-Option-Set'),
    (37, 'Mikrotik-DHCP-Option-Param-STR1', -4, 24, 'string', 'access-accept', 'Mikrotik-DHCP-Option-Param-STR1'),
    (38, 'Mikrotik-DHCP-Option-Param-STR2', -4, 25, 'string', 'access-accept', 'Mikrotik-DHCP-Option-Param-STR2'),
    (39, 'Mikrotik-Wireless-VLANID', -4, 26, 'uint32', 'access-accept', 'Mikrotik-Wireless-VLANID'),
    (40, 'Mikrotik-Wireless-VLANIDtype', -4, 27, 'uint32', 'access-accept', 'Mikrotik-Wireless-VLANIDtype'),
    (41, 'Mikrotik-Wireless-Minsignal', -4, 28, 'string', 'access-accept', 'Mikrotik-Wireless-Minsignal'),
    (42, 'Mikrotik-Wireless-Maxsignal', -4, 29, 'string', 'access-accept', 'Mikrotik-Wireless-Maxsignal'),
    (43, 'Mikrotik-Switching-Filter', -4, 30, 'string', 'access-accept', 'Mikrotik-Switching-Filter');

CREATE TABLE user_group (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    outer_auths VARCHAR(190),
    inner_auths VARCHAR(190),
    attributes TEXT,
    default_name VARCHAR(255),
    `default` INTEGER GENERATED ALWAYS AS (COALESCE(default_name, '') <> '') VIRTUAL,
    comment TEXT
);
INSERT INTO user_group (id, name, outer_auths, inner_auths, attributes, default_name) VALUES
    (1, 'default', 'pap,chap,mschap1,mschap2,eap-tls,eap-ttls,eap-peap,eap-mschap2,eap-md5,eap-gtc',
        'ttls-pap,ttls-chap,ttls-mschap1,ttls-mschap2,peap-mschap2,ttls-eap-md5,ttls-eap-mschap2,ttls-eap-gtc,peap-gtc', '[]', 'default'),
    (2, 'default-anonymous', 'eap-ttls,eap-peap', '', '[]', 'default-anonymous');

-- shared_users: -1 is unlimited.
CREATE TABLE user (
    id {key},
    name VARCHAR(255) NOT NULL UNIQUE,
    password TEXT,
    otp_secret TEXT,
    `group` BIGINT,
    shared_users BIGINT,
    caller_id VARCHAR(253),
    attributes TEXT,
    disabled INTEGER,
    comment TEXT
);
CREATE INDEX user_of_group ON user (`group`);

-- Kept as the NAS sent it; `user` is the name of the login. status: SessionStatus. Times and durations in milliseconds.
-- The menu is never cached, so only a removal puts a row into `change`. A NAS uses an id again after a restart: hence generation.
CREATE TABLE session (
    id {key},
    router_id BIGINT NOT NULL,
    acct_session_id {octets} NOT NULL,
    `user` {octets} NOT NULL,
    calling_station_id {octets} NOT NULL,
    nas_port_id {octets} NOT NULL,
    generation INTEGER NOT NULL,
    status INTEGER NOT NULL,
    started BIGINT NOT NULL,
    ended BIGINT,
    last_accounting_packet BIGINT NOT NULL,
    uptime BIGINT NOT NULL,
    download BIGINT NOT NULL,
    upload BIGINT NOT NULL,
    terminate_cause VARCHAR(40),
    acct_multi_session_id VARCHAR(253),
    nas_ip_address VARCHAR(64),
    nas_identifier VARCHAR(253),
    nas_port_type VARCHAR(20),
    user_address VARCHAR(64),
    active INTEGER GENERATED ALWAYS AS (ended IS NULL) VIRTUAL,
    UNIQUE (router_id, acct_session_id, `user`, calling_station_id, nas_port_id, generation)
);
CREATE INDEX session_of_user ON session (`user`);
CREATE INDEX session_active ON session (active);
CREATE INDEX session_of_router ON session (router_id, active);

INSERT INTO id_row (menu, next) VALUES
    ('change', 1),
    ('/user-manager/router', 1),
    ('/user-manager/attribute', 44),
    ('/user-manager/user/group', 3),
    ('/user-manager/user', 1),
    ('/user-manager/session', 1);
