// Percent escapes, URLs and dates: the small forms that several services build by hand.
import HTTPWire
import Testing

@Suite struct `A query` {
    @Test func `is decoded once, keeps its order and may have dots in names`() {
        let request = HTTPRequest(
            target: "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1%2B1+%25&x&=y&a==b&x=2")
        #expect(request.path == "/webhooks/whatsapp" && request.query("hub.mode") == "subscribe")
        #expect(
            request.query("hub.challenge") == "1+1 %" && request.query("x") == ""
                && request.query("a") == "=b")
        #expect(request.query.map(\.name) == ["hub.mode", "hub.challenge", "x", "", "a", "x"])
        #expect(request.query("none") == nil && HTTPRequest(target: "/").query.isEmpty)
    }
}

@Suite struct `A percent escape` {
    @Test func `round-trips any text`() {
        for text in ["", "a/b c", "+373 69", "Ă%?#&=", "\u{0}x", "🧾"] {
            let encoded = PercentEncoding.encodePathSegment(text)
            #expect(encoded.utf8.allSatisfy { $0 > 32 && $0 < 127 } && !encoded.contains("/"))
            #expect(PercentEncoding.decode(encoded) == (text.contains("\u{0}") ? nil : text))
        }
        #expect(PercentEncoding.encodeQueryComponent("a b&c") == "a%20b%26c")
        #expect(PercentEncoding.query([("tag", "#cafea"), ("to", "")]) == "tag=%23cafea&to=")
    }

    @Test(arguments: ["%", "%1", "%g1", "%1g", "%00", "%ff", "%C4", "%+1"])
    func `that is broken is refused`(text: String) { #expect(PercentEncoding.decode(text) == nil) }

    @Test func `is undone once`() { #expect(PercentEncoding.decode("%2525+") == "%25+") }
}

@Suite struct `A URL` {
    @Test(arguments: [
        ("http://a", "a", 80, "", "/", "a"),
        (
            "HTTPS://Graph.Example.com/v26.0/", "graph.example.com", 443, "/v26.0", "/v26.0/",
            "graph.example.com"
        ),
        ("http://127.0.0.1:8082/x/?q=1&r", "127.0.0.1", 8082, "/x", "/x/?q=1&r", "127.0.0.1:8082"),
        ("http://[::1]:9/", "::1", 9, "", "/", "[::1]:9"),
        ("https://a:443?b", "a", 443, "", "/?b", "a"),
    ])
    func `is cut into its parts`(
        text: String, host: String, port: Int, path: String, target: String, hostHeader: String
    ) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.host == host && url.port == port && url.path == path)
        #expect(url.target == target && url.hostHeader == hostHeader)
    }

    @Test(arguments: [
        "", "a", "/a", "//a", "ftp://a", "http:/a", "http://", "http:///x", "http://a:", "http://a:0",
        "http://a:65536",
        "http://a:8a", "http://u@a", "http://u:p@a/", "http://a b", "http://a/#f", "http://[::1", "http://[]",
        "http://ă",
        "http://a:80:80", "http://a\r\n/x", "http://a/\\x",
    ])
    func `that is not plain http is refused`(text: String) { #expect(HTTPURL(text) == nil) }
}

@Suite struct `A date` {
    @Test(arguments: [
        (Int64(0), "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (1_795_266_123, "Sat, 21 Nov 2026 13:02:03 GMT"),
    ])
    func `is written in the one form of HTTP`(seconds: Int64, text: String) {
        #expect(HTTPDate.imf(unixSeconds: seconds) == text)
    }
}
