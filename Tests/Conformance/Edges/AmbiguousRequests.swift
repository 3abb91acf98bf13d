// Requests that two readers could take for different ones: the tricks of request smuggling, made by combination.
// Each is followed by a second request on the same connection, so that whoever misjudges the end of the first shows it.

/// One input of the differential run.
struct AmbiguousRequest: Sendable {
    let name: String
    let bytes: [UInt8]
}

enum AmbiguousRequests {
    /// Closes the connection, so that every reader comes to an end by itself.
    private static let second = "GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    /// What an attacker hides inside a body.
    private static let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"

    static let all: [AmbiguousRequest] =
        lengths + codings + both + chunks + trailers + lines + fields + hosts + targets + startLines + rest

    private static func make(_ name: String, _ text: String) -> AmbiguousRequest {
        // Scalars below 256 are octets, so that any octet can be written in a literal.
        AmbiguousRequest(
            name: name,
            bytes: (text + second).unicodeScalars.flatMap { scalar in
                scalar.value < 256 ? [UInt8(scalar.value)] : Array(String(scalar).utf8)
            })
    }

    private static func post(_ name: String, _ fields: String, _ body: String) -> AmbiguousRequest {
        make(name, "POST /first HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(body)")
    }

    private static let lengths: [AmbiguousRequest] = {
        let values = [
            "5", "05", "005", "+5", "-5", "5, 5", "5,5", "5,6", "5 5", "0x5", "5;", "5.0", "1e1", "", " ",
            "5\t",
            "\t5", "5\u{B}", "\u{B}5", "5\0", "five", "18446744073709551621", "9223372036854775808", "٥",
            "5\u{A0}",
        ]
        let singles = values.map { post("Content-Length: \($0)", "Content-Length: \($0)\r\n", "hello") }
        let pairs = [
            ("5", "5"), ("5", "6"), ("6", "5"), ("5", "0"), ("0", "5"), ("5", "x"), ("x", "5"), ("", "5"),
        ]
        let doubles = pairs.map { one, other in
            post(
                "two lengths \(one) and \(other)", "Content-Length: \(one)\r\nContent-Length: \(other)\r\n",
                "hello")
        }
        let hiding = ["0", "", "0, 33"].map {
            post("a length of \($0) before another request", "Content-Length: \($0)\r\n", hidden)
        }
        return singles + doubles + hiding
    }()

    private static let codingValues = [
        "chunked", "Chunked", "CHUNKED", "chunked ", "\tchunked", "chunked\t", "chunked,", ",chunked",
        "chunked, chunked",
        "chunked,identity", "identity, chunked", "identity", "gzip, chunked", "chunked, gzip", "gzip",
        "deflate", "x",
        "xchunked", "chunkedx", "chunked;q=1", "chunked; x", "\"chunked\"", "'chunked'", "", "chunk\0ed",
        "\u{B}chunked",
        "chunked\u{B}", "\u{C}chunked", "\u{A0}chunked", "cow", "chunked\u{FF}", "ｃhunked",
    ]

    private static let codings: [AmbiguousRequest] = codingValues.flatMap { value in
        ["5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\n\(hidden)"].map {
            post("Transfer-Encoding: \(value) (\($0.utf8.count))", "Transfer-Encoding: \(value)\r\n", $0)
        }
    }

    /// A length and a coding together, in either order, under names that some readers take for the real one.
    private static let both: [AmbiguousRequest] = {
        let names = [
            "Transfer-Encoding: chunked", "transfer-encoding: chunked", "Transfer-Encoding : chunked",
            "Transfer-Encoding\t: chunked", "Transfer_Encoding: chunked", " Transfer-Encoding: chunked",
            "\tTransfer-Encoding: chunked", "X: y\r\n Transfer-Encoding: chunked",
            "Transfer-Encoding:\r\n chunked",
            "Transfer-Encoding:\u{B}chunked", "Transfer-Encoding\0: chunked", "Transfer-Encoding: identity",
            "Transfer-Encoding: x", "Transfer-Encoding:chunked", "Transfer-Encoding\u{A0}: chunked",
            "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
        ]
        let zero = "0\r\n\r\n"
        return names.flatMap { name in
            [
                post(
                    "\(name) after a length",
                    "Content-Length: \(zero.utf8.count + hidden.utf8.count)\r\n\(name)\r\n", zero + hidden),
                post(
                    "\(name) before a length", "\(name)\r\nContent-Length: 4\r\n",
                    "\(String(hidden.utf8.count, radix: 16))\r\n\(hidden)\r\n0\r\n\r\n"),
            ]
        } + [
            post("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", zero),
            post("two codings, one unknown", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", zero),
            post(
                "two codings, one identity", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                zero),
            make(
                "a coding in HTTP/1.0",
                "POST /first HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n\(zero)"
            ),
            make(
                "a coding on GET",
                "GET /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\(zero)"),
            make("a length on GET", "GET /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
            make("a length on HEAD", "HEAD /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
            make(
                "a length on DELETE",
                "DELETE /first HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n\(hidden)"),
        ]
    }()

    private static let chunks: [AmbiguousRequest] = [
        "5\r\nhello\r\n0\r\n\r\n", "05\r\nhello\r\n0\r\n\r\n", "00000000000000005\r\nhello\r\n0\r\n\r\n",
        "5;a\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n", "5;a=\"b\"\r\nhello\r\n0\r\n\r\n",
        "5 ;a=b\r\nhello\r\n0\r\n\r\n", "5; a=b\r\nhello\r\n0\r\n\r\n", "5;\r\nhello\r\n0\r\n\r\n",
        "5;;\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;a\rb\r\nhello\r\n0\r\n\r\n", "5;a\0b\r\nhello\r\n0\r\n\r\n",
        "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5\t\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5h\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n",
        "5\r\rhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n",
        "5\r\nhello\rX0\r\n\r\n", "5\r\nhello\r\n0;a=b\r\n\r\n",
        "5\r\nhello\r\n00\r\n\r\n", "5\r\nhello\r\n-0\r\n\r\n", "5\r\nhello\r\n0 \r\n\r\n",
        "A\r\nhellohello\r\n0\r\n\r\n", "a\r\nhellohello\r\n0\r\n\r\n",
        "10000000000000005\r\nhello\r\n0\r\n\r\n", "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "8000000000000000\r\nhello\r\n0\r\n\r\n",
        "5\u{B}\r\nhello\r\n0\r\n\r\n", "5\0\r\nhello\r\n0\r\n\r\n", "5,5\r\nhello\r\n0\r\n\r\n",
        "2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n",
        "\r\n\r\n", "0\r\n", "x\r\n\r\n",
    ].map { post("chunks \($0.debugDescription)", "Transfer-Encoding: chunked\r\n", $0) }

    private static let trailers: [AmbiguousRequest] = [
        "T: v", "Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "T : v", " T: v", "T", ": v",
        "T: v\r\n w", "T: a\0b",
        "T: a\rb", "T: a\nb", "Trailer: T\r\nT: v", "Connection: close", "Expect: 100-continue",
    ].map {
        post(
            "trailer \($0.debugDescription)", "Transfer-Encoding: chunked\r\n",
            "5\r\nhello\r\n0\r\n\($0)\r\n\r\n")
    }

    private static let lines: [AmbiguousRequest] = [
        "GET /first HTTP/1.1\nHost: a\n\n", "GET /first HTTP/1.1\nHost: a\r\n\r\n",
        "GET /first HTTP/1.1\r\nHost: a\n\r\n",
        "GET /first HTTP/1.1\r\nHost: a\r\n\n", "GET /first HTTP/1.1\r\nHost: a\n\n",
        "GET /first HTTP/1.1\rHost: a\r\r",
        "GET /first HTTP/1.1\r\nHost: a\r\r\n", "GET /first HTTP/1.1\r\r\nHost: a\r\n\r\n",
        "GET /first HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET /first HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n",
        "GET /first HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n",
        "\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n", "\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\n\r\n\r\nGET /first HTTP/1.1\r\nHost: a\r\n\r\n", "\rGET /first HTTP/1.1\r\nHost: a\r\n\r\n",
        " GET /first HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /first HTTP/1.1\r\n\r\nHost: a\r\n\r\n", "GET /first HTTP/1.1\r\n Host: a\r\n\r\n",
    ].map { make("lines \($0.debugDescription)", $0) }

    private static let fields: [AmbiguousRequest] = [
        "X : y", "X\t: y", "X y: z", ": y", "X", "X y", "X: y\r\n z", "X: y\r\n\tz", "X:\r\n y",
        "X: y\r\n \r\n z", " X: y", "X: a\0b", "X\0: y",
        "X: a\u{1}b", "X: a\u{7F}b", "X: a\u{80}b", "X: a\u{FF}b", "X\u{80}: y", "X(: y", "X,: y", "X/: y",
        "X@: y", "\"X\": y", "X:y", "X:", "X:  y  ",
        "X:\ty\t", "Connection: close", "Connection: keep-alive", "Connection: keep-alive, close",
        "Connection: x", "Connection: ,,",
        "Connection: Content-Length", "Connection: Transfer-Encoding", "Proxy-Connection: close",
        "Keep-Alive: timeout=1",
        "Expect: 100-continue", "Expect: 100-Continue", "Expect: x", "Expect: 100-continue, x", "Expect:",
        "Upgrade: websocket", "Upgrade: h2c",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
            + "AAAAAAAAAAAAAAAAAAAAAA==",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "TE: trailers", "Content-Encoding: gzip",
        "Content_Length: 5", "Content-Length : 5", "X-Forwarded-For: 1.2.3.4",
    ].flatMap { field in
        [
            make("field \(field.debugDescription)", "GET /first HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n"),
            post(
                "field \(field.debugDescription) beside a length", "\(field)\r\nContent-Length: 5\r\n",
                "hello"),
        ]
    }

    private static let hosts: [AmbiguousRequest] = [
        "", "Host:", "Host: a\r\nHost: a", "Host: a\r\nHost: b", "Host: a, b", "Host: a b", "Host: a/b",
        "Host: a@b", "Host: a:80", "Host: a:x",
        "Host: a:99999", "Host: [::1]", "Host: [::1", "Host: ::1", "Host: a\0", "Host: a\u{80}", "Host : a",
        " Host: a", "Host: a#b", "Host: a?b",
        "Host: a\\b", "Host: .", "Host: ..", "Host: a..b", "Host: -", "Host: %61", "Host: http://a",
        "Host: a\tb", "X: y\r\nHost: a",
    ].map {
        make("host \($0.debugDescription)", "GET /first HTTP/1.1\r\n\($0)\($0.isEmpty ? "" : "\r\n")\r\n")
    }

    private static let targets: [AmbiguousRequest] = [
        "http://a/first", "http://b/first", "http://a:80/first", "https://a/first", "HTTP://a/first",
        "http://a", "http://a?x", "http://", "http:///first",
        "http://u@a/first", "http://a@b/first", "ftp://a/first", "a:80", "*", "first", "//first", "//b/first",
        "/../first", "/./first", "/first#x",
        "/first?x#y", "/fir st", "/first\t", "/first\0", "/first%00", "/first%", "/first%zz",
        "/first%0d%0aX:%20y", "/a%2ffirst", "/%2e%2e/first",
        "/first\u{80}", "/ă", "/first\\x", "/first?a=b\"c", "/first;x=y", "?x", "", "/first HTTP/1.1",
        "/first\u{B}", "/first|x", "/first<x>", "/first^`{}",
    ].flatMap { target in
        [
            make("target \(target.debugDescription)", "GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"),
            make("OPTIONS on \(target.debugDescription)", "OPTIONS \(target) HTTP/1.1\r\nHost: a\r\n\r\n"),
        ]
    }

    private static let startLines: [AmbiguousRequest] = [
        "GET  /first HTTP/1.1", "GET /first  HTTP/1.1", "GET\t/first\tHTTP/1.1", "GET /first HTTP/1.1 ",
        "GET /first", "GET /first HTTP/1.0", "GET /first HTTP/0.9",
        "GET /first HTTP/1.2", "GET /first HTTP/2.0", "GET /first HTTP/1.10", "GET /first HTTP/01.1",
        "GET /first HTTP/1", "GET /first http/1.1", "GET /first HTTQ/1.1",
        "GET /first HTTP/1,1", "GET /first HTTP/ 1.1", "GET /first ICE/1.0", "get /first HTTP/1.1",
        "FOO /first HTTP/1.1", "GE\0T /first HTTP/1.1", "GET: /first HTTP/1.1",
        "GET@ /first HTTP/1.1", "TRACE /first HTTP/1.1", "CONNECT a:443 HTTP/1.1", "CONNECT /first HTTP/1.1",
        "PATCH /first HTTP/1.1", "M-SEARCH * HTTP/1.1",
        "PRI * HTTP/2.0", "/first HTTP/1.1", "HTTP/1.1 200 OK", "GET /first HTTP/1.1\u{B}",
        "GET /first HTTP/1.1\0",
    ].map { make("start \($0.debugDescription)", "\($0)\r\nHost: a\r\n\r\n") }

    private static let rest: [AmbiguousRequest] = [
        make(
            "two at once",
            "GET /first HTTP/1.1\r\nHost: a\r\n\r\nPOST /middle HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        ),
        make(
            "an end of line of old clients",
            "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\r\n"),
        make("closed, and more", "GET /first HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        make("HTTP/1.0, and more", "GET /first HTTP/1.0\r\n\r\n"),
        make("HTTP/1.0 kept", "GET /first HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
        post("expectation with a body", "Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"),
        post("expectation without a body", "Expect: 100-continue\r\n", ""),
        post("upgrade with a body", "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 33\r\n", hidden),
        post("a head of many fields", String(repeating: "X: y\r\n", count: 98), ""),
        post("a field of 8 KiB", "X: \(String(repeating: "y", count: 8_100))\r\n", ""),
    ]
}
