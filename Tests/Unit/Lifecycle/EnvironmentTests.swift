// Configuration: everything that is wrong comes out at once, and no complaint quotes a secret.
import EventLoop
import HTTPServer
import HTTPWire
@testable import Lifecycle
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

@Suite struct `A socket handed over by the starting process` {
    @Test(
        arguments: [
            ([:], nil, nil), (["LISTEN_FDS": "1"], nil, nil),
            (["LISTEN_PID": "8", "LISTEN_FDS": "1"], nil, nil),
            (["LISTEN_PID": "7", "LISTEN_FDS": "1"], 3, nil), (["LISTEN_PID": "7", "LISTEN_FDS": "2"], 3, 4),
        ] as [([String: String], Int32?, Int32?)])
    func `is taken when it is meant for this process`(
        _ environment: [String: String], _ service: Int32?, _ admin: Int32?
    ) throws {
        let sockets = try #require(InheritedSockets(environment, process: 7))
        #expect(sockets.service == service && sockets.admin == admin)
    }

    @Test(arguments: ["", "0", "3", "one"]) func `is refused in another number`(_ count: String) {
        #expect(InheritedSockets(["LISTEN_PID": "7", "LISTEN_FDS": count], process: 7) == nil)
    }
}

@Suite struct `Addresses that a limit does not count` {
    private static let key = ConfigKey.standard("TILL_X_PROXIES", .text, "127.0.0.0/8,::1", "Proxies.")

    private static func blocks(_ text: String?) -> (blocks: [AddressBlock], problems: Int) {
        var environment = Environment(text.map { ["TILL_X_PROXIES": $0] } ?? [:])
        let blocks = environment.addressBlocks(key)
        return (blocks, environment.problems.count)
    }

    private static func address(_ text: String) throws -> SocketAddress {
        try #require(SocketAddress(numeric: text, port: 1))
    }

    @Test func `are blocks of numeric addresses`() throws {
        let standard = Self.blocks(nil).blocks
        #expect(standard.count == 2 && standard == ServerSettings().uncounted)
        for (text, isInside) in [
            ("127.0.0.1", true), ("127.255.255.255", true), ("128.0.0.1", false), ("::1", true),
            ("::2", false),
            ("::ffff:127.0.0.9", true), ("::ffff:10.0.0.9", false),
        ] {
            let address = try Self.address(text)
            #expect(standard.contains { $0.contains(address) } == isInside, "\(text)")
        }
        #expect(Self.blocks("none").blocks.isEmpty && Self.blocks("none").problems == 0)
        let all = try #require(Self.blocks("0.0.0.0/0").blocks.first)
        let (v4, v6) = (try Self.address("203.0.113.9"), try Self.address("::1"))
        #expect(all.contains(v4) && !all.contains(v6))
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "/8", "localhost", "1.2.3.4,", "::1/129",
        "1.2.3",
    ]) func `are refused when written wrongly`(_ text: String) {
        #expect(Self.blocks(text).problems == 1)
    }

    @Test func `share a limit by IPv4 address and by IPv6 network`() throws {
        let pairs = [
            ("198.51.100.7", "198.51.100.8", false), ("198.51.100.7", "::ffff:198.51.100.7", true),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ]
        for (one, other, isShared) in pairs {
            let first = AddressBlock(partyOf: try Self.address(one))
            let second = AddressBlock(partyOf: try Self.address(other))
            #expect(first != nil && (first == second) == isShared, "\(one) and \(other)")
        }
    }
}
