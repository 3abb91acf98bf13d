// The limits of a server beyond those of the parser, each with its reason. What happens at each is a test.
package import HTTPWire

/// Numbers that bound what one server holds and how long it waits.
package struct ServerSettings: Sendable {
    /// Open connections in all. Each costs about 4 KiB idle, so this bounds memory at some 16 MiB. Over it:
    /// 503, close.
    package var connectionsMax = 4_096
    /// When all connections are taken, one that we have waited for this long may lose its place to a new one.
    /// A request that is sent in one go is here long before.
    package var waitedForMin: Duration = .seconds(1)
    /// Bytes of bodies that have not come to their end, over all connections: anybody may send them, before
    /// anything is known about the sender. Over it, the sender that we wait for longest is closed. Twice
    /// this may be in memory, as arrays grow by doubling.
    package var unfinishedBytesMax = 16 << 20
    /// How long an idle connection is kept. Longer than our own client keeps one (30 s), so that the client
    /// closes first.
    package var idle: Duration = .seconds(60)
    /// From the first byte of a head to its last. A head fits in one packet; ten seconds forgives a bad
    /// mobile link.
    package var headTime: Duration = .seconds(10)
    /// For a body, on top of what `bodyBytesPerSecondMin` allows for its length.
    package var bodyTime: Duration = .seconds(10)
    /// A slower sender is closed: a body of 3 MB may take 10 s + 48 s.
    package var bodyBytesPerSecondMin = 64 * 1024
    /// For writing one answer. A reader that takes none of it for this long is closed.
    package var writeTime: Duration = .seconds(15)
    /// Requests on one connection; after that it is closed, so that load spreads again after a scale-out.
    package var requestsPerConnectionMax = 100_000
    /// How long a refused sender may go on sending before the connection is closed for good: without this,
    /// the kernel answers unread bytes with a reset and the client never reads the refusal.
    package var linger: Duration = .seconds(1)
    package var parser = HTTPLimits()
    /// One info line for each request. Off where requests come by the ten thousand.
    package var logsRequests = true

    package init() {}
}
