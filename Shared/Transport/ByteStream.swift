// A connection as the HTTP server and client see it: bytes in order, with or without TLS beneath. Who is at the other
// end is decided here once; above this line nobody asks whether a connection is encrypted.
package import EventLoop

/// A connected stream, plain or encrypted. Use from tasks of its loop only: at most one reading, one writing.
package final class ByteStream: Sendable {
    private let socket: StreamSocket

    /// A stream without encryption.
    package init(plain socket: StreamSocket) { self.socket = socket }

    /// The peer's address without its port; empty when it is not known.
    package var peerHost: String { socket.peer?.host ?? "" }

    /// Waits for bytes and hands them to `consume`, valid during the call only. False at end of stream. Throws
    /// `SystemFailure`, CancellationError or what `consume` throws.
    package func read(deadlineNs: Int64 = .max, _ consume: (Span<UInt8>) throws -> Void) async throws -> Bool {
        try await socket.read(deadlineNs: deadlineNs, consume)
    }

    /// Writes all of `bytes`; part may have left before a failure.
    package func write(_ bytes: [UInt8], deadlineNs: Int64 = .max) async throws {
        try await socket.write(bytes, deadlineNs: deadlineNs)
    }

    /// True when an idle pooled connection must not carry another request: the peer closed it or spoke out of turn.
    package var isUnusable: Bool { socket.isUnusable }

    /// True when bytes have arrived that nobody has read.
    package var hasUnreadBytes: Bool { socket.hasUnreadBytes }

    /// Tells the peer that nothing more will be written.
    package func shutdownWriting() { socket.shutdownWriting() }

    /// Closes at once; waits in progress end with `SystemFailure.closed`. Idempotent.
    package func close() { socket.close() }
}
