// Configuration: everything that is wrong comes out at once, and no complaint quotes a secret.
import HTTPWire
import Lifecycle
import Testing

@Suite struct `An environment` {
    private static let port = ConfigKey.required("TILL_X_PORT", .port, "A port.")
    private static let url = ConfigKey.required("TILL_X_URL", .url, "A URL.")
    private static let span = ConfigKey.standard("TILL_X_MS", .milliseconds, "250", "A span.")
    private static let flag = ConfigKey.standard("TILL_X_FLAG", .flag, "false", "A flag.")
    private static let secret = ConfigKey.optional("TILL_X_FILE", .secretFile, "A secret.")

    @Test func `reads values and defaults`() throws {
        var environment = Environment([
            "TILL_X_PORT": "8080", "TILL_X_URL": "http://127.0.0.1:1/base", "TILL_X_FLAG": "true",
        ])
        let port = environment.port(Self.port), host = environment.url(Self.url)?.host
        let span = environment.milliseconds(Self.span), flag = environment.flag(Self.flag)
        let hasSecret = environment.secret(Self.secret) != nil
        #expect(port == 8_080)
        #expect(host == "127.0.0.1")
        #expect(span == .milliseconds(250))
        #expect(flag)
        #expect(!hasSecret)
        try environment.finish()
    }

    @Test func `reports every problem at once`() {
        var environment = Environment([
            "TILL_X_PORT": "70000", "TILL_X_URL": "ftp://x", "TILL_X_MS": "soon", "TILL_X_FLAG": "yes",
            "TILL_X_FILE": "/nowhere/at/all",
        ])
        _ = environment.port(Self.port)
        _ = environment.url(Self.url)
        _ = environment.milliseconds(Self.span)
        _ = environment.flag(Self.flag)
        _ = environment.secret(Self.secret)
        #expect(environment.problems.count == 5)
        #expect(throws: ConfigurationProblems.self) { try environment.finish() }
    }

    @Test func `says what a missing variable is for`() {
        var environment = Environment([:])
        _ = environment.port(Self.port)
        #expect(environment.problems == ["TILL_X_PORT is not set: A port."])
    }

    @Test func `never quotes a value`() {
        var environment = Environment([
            "TILL_X_PORT": "hunter2", "TILL_X_URL": "hunter2", "TILL_X_MS": "hunter2",
        ])
        _ = environment.port(Self.port)
        _ = environment.url(Self.url)
        _ = environment.milliseconds(Self.span)
        #expect(!environment.problems.joined().contains("hunter2"))
    }
}
