// Which deliveries are committed together: whatever has gathered while the commits before were under way. No
// timer: an idle service commits a lone delivery at once, a busy one commits many for the price of one. Pure;
// `EventBatcher` performs it.

/// The deliveries that wait, in order, and how many commits are under way.
struct GroupCommit: Sendable {
    /// What bounds it; each is a constant's name in the README.
    struct Limits: Sendable {
        /// Events in one commit. PostgreSQL gains little beyond this, and a batch is also the unit of
        /// failure.
        var batchEventsMax = 256
        var batchBytesMax = 4 << 20
        /// Waiting events; above it the sender is told to come again.
        var queueEventsMax = 8192
        var queueBytesMax = 32 << 20
        /// Commits under way at once, pipelined on one connection.
        var commitsMax = 1

        /// One of `lanes` that share the queue's bounds evenly.
        func share(of lanes: Int) -> Limits {
            var share = self
            share.queueEventsMax /= lanes
            share.queueBytesMax /= lanes
            return share
        }
    }

    /// One delivery: all of its events are in the same commit.
    struct Delivery: Sendable, Equatable {
        var id: UInt64
        var events: [InboundEvent]
        var bytes: Int
    }

    enum Offer: Equatable {
        /// It waits; `start` is true when a commit may begin now.
        case queued(start: Bool)
        case full
    }

    private let limits: Limits
    private var queue: [Delivery] = []
    private var head = 0
    private(set) var commits = 0
    private(set) var waitingEvents = 0
    private(set) var waitingBytes = 0

    init(_ limits: Limits) { self.limits = limits }

    /// A delivery that alone exceeds a bound is taken when nothing else waits, or it would never be.
    mutating func offer(_ delivery: Delivery) -> Offer {
        let events = waitingEvents + delivery.events.count
        let bytes = waitingBytes + delivery.bytes
        guard waitingEvents == 0 || (events <= limits.queueEventsMax && bytes <= limits.queueBytesMax) else {
            return .full
        }
        queue.append(delivery)
        waitingEvents = events
        waitingBytes = bytes
        return .queued(start: commits < limits.commitsMax)
    }

    /// The next batch, counted as under way until `finished()`; nil when nothing waits or enough is under
    /// way.
    mutating func next() -> [Delivery]? {
        guard commits < limits.commitsMax, head < queue.count else { return nil }
        var batch: [Delivery] = []
        var events = 0
        var bytes = 0
        while head < queue.count {
            let delivery = queue[head]
            let isOver =
                events + delivery.events.count > limits.batchEventsMax
                || bytes + delivery.bytes > limits.batchBytesMax
            if isOver, !batch.isEmpty { break }
            events += delivery.events.count
            bytes += delivery.bytes
            batch.append(delivery)
            head += 1
        }
        if head == queue.count {
            queue.removeAll(keepingCapacity: queue.capacity <= 4096)
            head = 0
        } else if head >= 1024 {
            queue.removeFirst(head)
            head = 0
        }
        waitingEvents -= events
        waitingBytes -= bytes
        commits += 1
        return batch
    }

    mutating func finished() {
        precondition(commits > 0, "a commit ended that never began")
        commits -= 1
    }

    /// Empties the queue at the end of the service; their senders repeat them.
    mutating func abandon() -> [Delivery] {
        defer {
            queue = []
            head = 0
            waitingEvents = 0
            waitingBytes = 0
        }
        return Array(queue[head...])
    }
}
