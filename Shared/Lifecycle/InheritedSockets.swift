// Listening sockets that whoever started us already holds, by the protocol of sd_listen_fds(3): a supervisor that
// keeps them lets a program be restarted without refusing anybody, since connections wait in the socket's queue
// while nobody accepts. Reads two variables, opens nothing.

/// What the starting process handed over: the first socket is the service's port, the second its admin port.
struct InheritedSockets: Equatable, Sendable {
    /// Where the protocol begins to count.
    private static let first: Int32 = 3

    private(set) var service: Int32?
    private(set) var admin: Int32?

    /// `LISTEN_PID` must name this process, or the variables are meant for another one and nothing is taken
    /// over. Nil where it does and `LISTEN_FDS` is neither 1 nor 2.
    init?(_ environment: [String: String], process: Int32) {
        guard let meant = environment["LISTEN_PID"], meant == String(process) else { return }
        switch environment["LISTEN_FDS"] {
        case "1": service = Self.first
        case "2": (service, admin) = (Self.first, Self.first + 1)
        default: return nil
        }
    }
}
