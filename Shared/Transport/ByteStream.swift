// A connection as the HTTP server and client see it: bytes in order, with or without TLS beneath. Who is at
// the other end is decided here once; above this line nobody asks whether a connection is encrypted.
package import EventLoop
package import TLSWire

/// A connected stream, plain or encrypted. Use from tasks of its loop only: at most one reading, one writing.
// SAFETY: `session` and `isFlushing` are touched on the loop's thread only, as the socket beneath checks.
package final class ByteStream: @unchecked Sendable {
    private let socket: StreamSocket
    private let session: TLSSession?
    private var isFlushing = false

    /// A stream without encryption.
    package init(plain socket: StreamSocket) {
        self.socket = socket
        session = nil
    }

    /// The server's end of an encrypted stream. Throws if no session can be made; the socket is the caller's
    /// then.
    package init(accepting socket: StreamSocket, with context: TLSContext) throws(TLSFailure) {
        session = try context.acceptSession()
        self.socket = socket
    }

    /// The client's end of an encrypted stream to `host`, whose certificate must carry that name. Throws as
    /// above.
    package init(connecting socket: StreamSocket, to host: String, with context: TLSContext)
        throws(TLSFailure)
    {
        session = try context.connectSession(to: host, at: socket.peer?.description ?? "")
        self.socket = socket
    }

    /// The peer's address without its port; empty when it is not known.
    package var peerHost: String { socket.peer?.host ?? "" }

    /// The verified name in the peer's certificate after the handshake; nil without encryption or without a
    /// certificate.
    package var peerName: String? { session?.peerName }

    /// False where the peer's certificate has ended by `seconds` since 1970, or was checked against files that have
    /// been read again since. For servers, between two requests.
    package func isPeerGood(at seconds: Int64) -> Bool { session?.isPeerGood(at: seconds) ?? true }

    /// The handshake took up an earlier session; false without encryption.
    package var wasResumed: Bool { session?.wasResumed ?? false }

    /// Agrees on keys and checks certificates; nothing to do on a plain stream. Reading does the same when
    /// this was not called, but with a deadline for data. Throws `TLSFailure`, `SystemFailure` or
    /// CancellationError.
    package func handshake(deadlineNs: Int64) async throws {
        guard let session else { return }
        try await flush(session, deadlineNs)
        while !session.isEstablished {
            if try await !receive(session, deadlineNs) { try session.endOfInput() }
        }
    }

    /// Waits for bytes and hands them to `consume`, valid during the call only. False at end of stream.
    /// Throws `SystemFailure`, `TLSFailure` (`truncated` for an end that the peer did not announce),
    /// CancellationError or what `consume` throws.
    /// On a plain stream at most `bytesMax` come at once; a session gives what its records hold.
    /// `closesWhenCancelled`: whoever cancels the task closes this stream too.
    package func read(
        deadlineNs: Int64 = .max, bytesMax: Int = .max, closesWhenCancelled: Bool = false,
        _ consume: (Span<UInt8>) throws -> Void
    ) async throws -> Bool {
        guard let session else {
            return try await socket.read(
                deadlineNs: deadlineNs, bytesMax: bytesMax, closesWhenCancelled: closesWhenCancelled, consume)
        }
        while true {
            let plain = try session.read()
            if !plain.isEmpty {
                try consume(plain.span)
                return true
            }
            if session.peerClosed { return false }
            if try await !receive(session, deadlineNs) {
                try session.endOfInput()
                return false
            }
        }
    }

    /// Writes all of `bytes`; part may have left before a failure.
    package func write(_ bytes: [UInt8], deadlineNs: Int64 = .max) async throws {
        guard let session else { return try await socket.write(bytes, deadlineNs: deadlineNs) }
        if !session.isEstablished { try await handshake(deadlineNs: deadlineNs) }
        try session.write(bytes)
        try await flush(session, deadlineNs)
    }

    /// True when an idle pooled connection must not carry another request: the peer closed it or spoke out of
    /// turn.
    /// What a session holds and nobody has read counts too: half a record may be the beginning of an answer. So does a
    /// session that failed behind the answer, at a record that was not its peer's.
    package var isUnusable: Bool {
        session.map { !$0.isEstablished || $0.peerClosed || $0.holdsInput } ?? false || socket.isUnusable
    }

    /// True when bytes have arrived that nobody has read.
    package var hasUnreadBytes: Bool { socket.hasUnreadBytes }

    /// Tells the peer that nothing more will be written.
    package func shutdownWriting() {
        sayGoodbye()
        socket.shutdownWriting()
    }

    /// Closes at once; waits in progress end with `SystemFailure.closed`. Idempotent.
    package func close() {
        sayGoodbye()
        socket.close()
    }

    /// A record that tells the peer that it has everything. Best effort: a peer that does not read has no use
    /// for it.
    private func sayGoodbye() {
        guard let session, !isFlushing else { return }
        session.closeNotify()
        let bytes = session.takeOutgoing()
        if !bytes.isEmpty { socket.writeNow(bytes) }
    }

    /// False at end of stream. What the session has to say to what it received is sent, also when it is an
    /// alert.
    private func receive(_ session: TLSSession, _ deadlineNs: Int64) async throws -> Bool {
        var refusal: TLSFailure?
        let isOpen = try await socket.read(deadlineNs: deadlineNs) { bytes in
            do throws(TLSFailure) { try session.receive(bytes) } catch { refusal = error }
        }
        if let refusal {
            sayAlert(session)
            throw refusal
        }
        try await flush(session, deadlineNs)
        return isOpen
    }

    private func sayAlert(_ session: TLSSession) {
        let bytes = session.takeOutgoing()
        if !isFlushing, !bytes.isEmpty { socket.writeNow(bytes) }
    }

    /// Sends what the session holds. A flush that finds another under way leaves its bytes to that one, in
    /// order.
    private func flush(_ session: TLSSession, _ deadlineNs: Int64) async throws {
        guard !isFlushing else { return }
        isFlushing = true
        defer { isFlushing = false }
        while session.hasOutgoing { try await socket.write(session.takeOutgoing(), deadlineNs: deadlineNs) }
    }
}
