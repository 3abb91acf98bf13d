// The limits of a server beyond those of the parser, each with its reason. What happens at each is a test.
package import EventLoop
package import HTTPWire

/// Numbers that bound what one server holds and how long it waits.
package struct ServerSettings: Sendable {
    /// Open connections in all. Each costs about 4 KiB idle, so this bounds memory at some 16 MiB. Over it:
    /// 503, close.
    package var connectionsMax = 4_096
    /// Open connections of one address, an IPv6 /64 counting as one. A peer of ours opens 32 at most
    /// (`connectionsPerHostMax` of our client), a big one like Meta comes from many addresses. Over it: the one
    /// of them that we have waited for longest is closed for the new one, or the new one gets 503.
    package var connectionsPerAddressMax = 256
    /// Addresses that are not counted: many peers come from one of them, as through a proxy, and on loopback.
    /// Fields such as X-Forwarded-For are not believed, whoever sends them. The limit in all still applies.
    package var uncounted = ["127.0.0.0/8", "::1"].compactMap(AddressBlock.init)
    /// When all connections are taken, one that we have waited for this long may lose its place to a new one.
    /// A request that is sent in one go is here long before.
    package var waitedForMin: Duration = .seconds(1)
    /// Bytes of bodies that have not come to their end, over all connections: anybody may send them, before
    /// anything is known about the sender. Over it, the sender that we wait for longest is closed. Twice
    /// this may be in memory, as arrays grow by doubling.
    package var unfinishedBytesMax = 16 << 20
    /// How long a connection is kept between two requests. Longer than our own client keeps one (30 s), so
    /// that the client closes first. One that never asked for anything has `headTime` alone.
    package var idle: Duration = .seconds(60)
    /// From the first byte of a head to its last. A head fits in one packet; ten seconds forgives a bad
    /// mobile link.
    package var headTime: Duration = .seconds(10)
    /// How far a body may fall behind `bodyBytesPerSecondMin` before its sender is closed.
    package var bodyTime: Duration = .seconds(10)
    /// What a sender has to keep up, counted from the end of the head: whoever trickles is closed after
    /// `bodyTime`, and a body of 3 MB that keeps up may take 58 s.
    package var bodyBytesPerSecondMin = 64 * 1024
    /// How far a reader may fall behind `answerBytesPerSecondMin` before it is closed: one that takes nothing is
    /// closed after this.
    package var writeTime: Duration = .seconds(15)
    /// What a reader has to keep up, over all that it is answered on one connection: else one that takes a little just
    /// in time would keep its place for ever. As for senders.
    package var answerBytesPerSecondMin = 64 * 1024
    /// Requests on one connection; after that it is closed, so that load spreads again after a scale-out.
    package var requestsPerConnectionMax = 100_000
    /// How long a refused sender may go on sending before the connection is closed for good: without this,
    /// the kernel answers unread bytes with a reset and the client never reads the refusal.
    package var linger: Duration = .seconds(1)
    /// While draining, how long an idle connection may still bring a request, which is answered and told to
    /// close. Closed at once instead, it would cut off the requests that are on their way on it.
    package var lastRequestTime: Duration = .milliseconds(300)
    package var parser = HTTPLimits()
    /// One info line for each request, up to 50 a second. Off where requests come by the ten thousand.
    package var logsRequests = true

    package init() {}
}
