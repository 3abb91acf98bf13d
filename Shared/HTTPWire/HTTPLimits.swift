// Every bound of one HTTP/1.1 message, each beside its reason. What happens at a limit and one past it is a
// test.

/// Bounds for the messages of one connection, in bytes unless the name says otherwise. A service changes the
/// body limit (per route, after the head); the others fit all our peers.
package struct HTTPLimits: Sendable {
    /// The longest request or status line without its line end: 8 KiB as nginx and Apache; RFC 9112 section 3
    /// asks for 8,000 at least. Over it: 414.
    package var startLineBytesMax = 8 * 1024
    /// The longest head, from the first byte of the start line to the empty line included: 16 KiB as IIS and
    /// Node. Over it: 431.
    package var headBytesMax = 16 * 1024
    /// The most fields in a head: 100 as Apache. Proxies add a dozen; more is an attack on lookups. Over it:
    /// 431.
    package var headerCountMax = 100
    /// The longest single field line, name and value, without its line end: 8 KiB as nginx and Apache. A token of
    /// ours has 64 bytes, a traceparent 55. Over it: 431.
    package var fieldBytesMax = 8 * 1024
    /// The longest body held in memory. Our own services send less than 64 KiB. Over it: 413 before it is
    /// stored.
    package var bodyBytesMax = 1 << 20
    /// All chunk extensions of one message together. We use none of them, and a stream of one-byte chunks
    /// with long extensions costs the sender nothing. Over it: 400.
    package var chunkExtensionBytesMax = 1024
    /// All trailer fields of one message together. They are checked and dropped: no peer of ours needs one.
    /// Over it: 431.
    package var trailerBytesMax = 4 * 1024
    /// Empty lines tolerated before a request line (RFC 9112 section 2.2 asks for one at least; old clients
    /// end a body with a line end of their own). Over it: 400.
    package var emptyLinesBeforeRequestMax = 2
    /// 1xx answers in front of the final one that a client reads through. Over it the answer is refused.
    package var interimAnswersMax = 8

    /// The defaults.
    package init() {}

    /// The defaults with another body limit.
    package init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }
}
