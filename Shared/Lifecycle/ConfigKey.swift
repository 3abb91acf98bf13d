// What a program reads from its environment, as data: one declaration is the name, the kind, the default and
// the line in the README, and the tests compare it with every file under deploy/ that sets it.

/// One environment variable a program reads.
package struct ConfigKey: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case text, integer, url, flag, milliseconds
        /// A path whose file holds a secret; the variable's name ends in `_FILE`.
        case secretFile
        /// A path to a file or folder without a secret in it.
        case path
        /// A TCP port.
        case port
    }

    package let name: String
    package let kind: Kind
    /// The value when the variable is not set; nil with `isRequired` false means "absent is fine".
    package let standard: String?
    package let isRequired: Bool
    package let purpose: String

    private init(_ name: String, _ kind: Kind, _ standard: String?, _ isRequired: Bool, _ purpose: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isRequired = isRequired
        self.purpose = purpose
    }

    /// A variable without which the program does not start.
    package static func required(_ name: String, _ kind: Kind, _ purpose: String) -> ConfigKey {
        ConfigKey(name, kind, nil, true, purpose)
    }

    /// A variable with a default.
    package static func standard(_ name: String, _ kind: Kind, _ value: String, _ purpose: String)
        -> ConfigKey
    {
        ConfigKey(name, kind, value, false, purpose)
    }

    /// A variable that may be absent.
    package static func optional(_ name: String, _ kind: Kind, _ purpose: String) -> ConfigKey {
        ConfigKey(name, kind, nil, false, purpose)
    }
}

/// The variables that every service reads.
package enum CommonKeys {
    package static let environment = ConfigKey.standard(
        "TILL_ENV", .text, "production",
        "`production`, or `demo`, which allows a database without durability.")
    package static let bind = ConfigKey.standard(
        "TILL_BIND", .text, "127.0.0.1", "Numeric address to listen on.")
    package static let port = ConfigKey.required("TILL_PORT", .port, "Port of the service itself.")
    package static let adminPort = ConfigKey.required(
        "TILL_ADMIN_PORT", .port, "Port of /metrics and /health, not for the internet.")
    package static let perAddress = ConfigKey.standard(
        "TILL_CONNECTIONS_PER_ADDRESS", .integer, "256",
        "Connections to this service's port from one IPv4 address or one IPv6 /64.")
    package static let trustedProxies = ConfigKey.standard(
        "TILL_TRUSTED_PROXIES", .text, "127.0.0.0/8,::1",
        "Addresses and blocks that this limit does not count, joined by commas; `none` counts all.")
    package static let drain = ConfigKey.standard(
        "TILL_DRAIN_MS", .milliseconds, "5000", "How long requests in flight may take after SIGTERM.")
    package static let exitWithParent = ConfigKey.standard(
        "TILL_EXIT_WITH_PARENT", .flag, "false", "End when the starting process ends; for demos and tests.")
    package static let logLevel = ConfigKey.standard(
        "TILL_LOG_LEVEL", .text, "info", "debug, info, warn or error.")
    package static let callers = ConfigKey.optional(
        "TILL_CALLERS_FILE", .secretFile, "Accepted callers, lines of `name sha256:digest`.")
    package static let serviceToken = ConfigKey.optional(
        "TILL_SERVICE_TOKEN_FILE", .secretFile, "This service's own token towards the others.")
    package static let tillFile = ConfigKey.optional(
        "TILL_CONFIG_FILE", .path, "till.json: WhatsApp numbers and banks.")
    package static let databaseURL = ConfigKey.required(
        "TILL_DATABASE_URL", .text, "postgresql://role@host:port/database; no password in it.")
    package static let databasePassword = ConfigKey.optional(
        "TILL_DATABASE_PASSWORD_FILE", .secretFile, "The role's password.")
    package static let databaseConnections = ConfigKey.standard(
        "TILL_DATABASE_CONNECTIONS", .integer, "4", "Connections to PostgreSQL, besides one for LISTEN.")
    package static let databasePrepare = ConfigKey.standard(
        "TILL_DATABASE_PREPARE", .flag, "true",
        "false behind a pooler in transaction mode: nothing is prepared and no session setting is sent.")
    package static let databaseListenURL = ConfigKey.optional(
        "TILL_DATABASE_LISTEN_URL", .text,
        "The same database past the pooler, for LISTEN; without it services behind one only poll.")

    package static let tlsCertificate = ConfigKey.optional(
        "TILL_TLS_CERT_FILE", .path, "PEM chain for this service's port and, to peers that ask, its calls.")
    package static let tlsKey = ConfigKey.optional(
        "TILL_TLS_KEY_FILE", .secretFile, "PEM key of that certificate, without a passphrase.")
    package static let tlsClientAuthorities = ConfigKey.optional(
        "TILL_TLS_CLIENT_CA_FILE", .path, "PEM authorities; callers then need a certificate of theirs.")
    package static let tlsClientNames = ConfigKey.optional(
        "TILL_TLS_CLIENT_NAMES", .text,
        "Names, joined by commas, of which a caller's certificate has one; `CN=name` for its common name.")
    package static let tlsAuthorities = ConfigKey.optional(
        "TILL_TLS_CA_FILE", .path, "PEM authorities for https peers, instead of the system's.")

    /// What every program reads, whatever it does.
    package static let program = [
        environment, bind, port, adminPort, perAddress, trustedProxies, drain, exitWithParent, logLevel,
        tlsCertificate, tlsKey,
        tlsClientAuthorities, tlsClientNames, tlsAuthorities,
    ]
    /// What a program with a database reads.
    package static let database = [
        databaseURL, databasePassword, databaseConnections, databasePrepare, databaseListenURL,
    ]
}
