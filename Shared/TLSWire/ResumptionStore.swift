// Sessions that a client may take up again, so that a second connection to a server costs neither a signature nor
// a chain to check. One for each loaded context: new certificates or authorities begin with none. No clock, no
// sockets.
import COpenSSL
import Synchronization

/// One `SSL_SESSION`, freed with its last reference.
// SAFETY: nobody changes a session after it was stored, and OpenSSL counts its references with atomics.
@safe final class TLSTicket: @unchecked Sendable {
    let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe SSL_SESSION_free(raw) }
}

/// The newest session of each server.
final class ResumptionStore: Sendable {
    /// A service calls a handful of servers. Beyond this another one's is dropped, which costs it one full
    /// handshake.
    static let serversMax = 64

    private let tickets = Mutex<[String: TLSTicket]>([:])

    func ticket(for server: String) -> TLSTicket? { tickets.withLock { $0[server] } }

    func keep(_ ticket: TLSTicket, for server: String) {
        tickets.withLock { tickets in
            if tickets[server] == nil, tickets.count >= Self.serversMax, let other = tickets.keys.first {
                tickets[other] = nil
            }
            tickets[server] = ticket
        }
    }

    /// After a handshake that failed: the next one starts from nothing.
    func forget(_ server: String) { tickets.withLock { $0[server] = nil } }
}
