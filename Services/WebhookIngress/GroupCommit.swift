// Which deliveries are committed together: whatever has gathered while the commits before were under way. An idle
// service commits a lone delivery at once, a busy one commits many for the price of one, and sends the next behind the
// one under way, so that the database need not wait for us in between. Deliveries of statuses alone, for which nobody
// waits, are patient when others came just before them: they go with the next message, or when a moment has passed
// since those. Pure; `EventBatcher` performs it.
import WhatsApp

/// The deliveries that wait, in order, and how many commits are under way.
struct GroupCommit: Sendable {
    /// What bounds it; each stands in the README's table of limits.
    struct Limits: Sendable {
        /// Events in one commit. PostgreSQL gains little beyond this, and a batch is also the unit of
        /// failure.
        var batchEventsMax = 256
        var batchBytesMax = 4 << 20
        /// Waiting events; above it the sender is told to come again.
        var queueEventsMax = 8192
        var queueBytesMax = 32 << 20
        /// Commits under way at once, pipelined on one connection.
        var commitsMax = 2
        /// Fewer events than this are not sent behind a commit that is under way: they wait for its end, and for
        /// those who come until then, because each commit has a price of its own, that of five events or so.
        var aheadEventsMin = 24
        /// What is patient waits no longer than this since the last commit of such. Meta wants its answer within a
        /// quarter of a second, and a person sees the second tick so much later.
        var patience = Duration.milliseconds(25)

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

        var isPatient: Bool { events.allSatisfy { $0.lane == .statuses } }
    }

    enum Offer: Equatable {
        /// It waits; `start` is true when a commit may begin now, `remind` when `patienceEnded` is to be called in a
        /// moment.
        case queued(start: Bool, remind: Bool)
        case full
    }

    private let limits: Limits
    /// Who has messages in the commits under way, by the first delivery of each.
    private var underWay: [UInt64: Set<Int>] = [:]
    /// Somebody of the commits under way writes again, too early in the queue: nothing is sent behind them.
    private var waitsForEnd = false
    /// The queue holds something that is not patient, or that has been patient for long enough.
    private var isUrgent = false
    /// Somebody is going to call `patienceEnded`: until then, deliveries of statuses wait for company. The first after
    /// a quiet moment does not.
    private var isReminded = false
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
        let isFirst = delivery.isPatient && !isReminded
        if !delivery.isPatient || isFirst || waitingEvents >= aheadEventsMin { isUrgent = true }
        if isFirst { isReminded = true }
        return .queued(start: mayBegin, remind: isFirst)
    }

    /// A moment after it was asked for: whatever waits has waited long enough. `start` is true when a commit may begin,
    /// `remind` when statuses came meanwhile, so that more of them may come and wait.
    mutating func patienceEnded() -> (start: Bool, remind: Bool) {
        isReminded = head < queue.count
        isUrgent = isReminded
        return (mayBegin, isReminded)
    }

    /// Whether `next` has a batch.
    var mayBegin: Bool {
        guard head < queue.count, isUrgent else { return false }
        return commits == 0
            || (commits < limits.commitsMax && !waitsForEnd && waitingEvents >= aheadEventsMin)
    }

    private var aheadEventsMin: Int { min(limits.aheadEventsMin, limits.batchEventsMax) }

    /// The next batch, counted as under way until `finished`; nil when nothing waits or enough is under way.
    ///
    /// A batch that is sent behind others has nobody's messages who has messages in those: should one of them be
    /// refused and its deliveries be tried one by one, the order of every conversation stays.
    mutating func next() -> [Delivery]? {
        guard mayBegin else { return nil }
        var end = head
        var events = 0
        var bytes = 0
        var isFull = false
        var people: Set<Int> = []
        // A phone and a user id each, grown at once and not while they come.
        if limits.commitsMax > 1 { people.reserveCapacity(2 * min(waitingEvents, limits.batchEventsMax)) }
        while end < queue.count {
            let delivery = queue[end]
            let isOver =
                events + delivery.events.count > limits.batchEventsMax
                || bytes + delivery.bytes > limits.batchBytesMax
            if isOver, end > head {
                isFull = true
                break
            }
            if isOfSomebodyUnderWay(delivery) { break }
            if limits.commitsMax > 1 { Self.note(delivery, in: &people) }
            events += delivery.events.count
            bytes += delivery.bytes
            end += 1
        }
        guard commits == 0 || isFull || events >= aheadEventsMin else {
            waitsForEnd = true
            return nil
        }
        let batch = Array(queue[head..<end])
        head = end
        underWay[batch[0].id] = people
        if head == queue.count {
            queue.removeAll(keepingCapacity: queue.capacity <= 4096)
            head = 0
            isUrgent = false
        } else if head >= 1024 {
            queue.removeFirst(head)
            head = 0
        }
        waitingEvents -= events
        waitingBytes -= bytes
        commits += 1
        return batch
    }

    /// What `next` gave is committed, or never will be.
    mutating func finished(_ batch: [Delivery]) {
        guard let first = batch.first, underWay.removeValue(forKey: first.id) != nil else {
            preconditionFailure("a commit ended that never began")
        }
        commits -= 1
        waitsForEnd = false
    }

    /// By phones and user ids, since a person may be told by either; nobody's messages are one person's. Only messages
    /// have an order. Two people with one hash wait for each other in vain, which costs nobody anything.
    private static func note(_ delivery: Delivery, in people: inout Set<Int>) {
        for event in delivery.events where event.lane == .messages {
            if let phone = event.waId { people.insert(phone.hashValue) }
            if let user = event.userId { people.insert(user.hashValue) }
            if event.waId == nil, event.userId == nil { people.insert(0) }
        }
    }

    private func isOfSomebodyUnderWay(_ delivery: Delivery) -> Bool {
        guard !underWay.isEmpty else { return false }
        return delivery.events.contains { event in
            guard event.lane == .messages else { return false }
            if event.waId == nil, event.userId == nil { return isUnderWay(0) }
            return isUnderWay(event.waId?.hashValue) || isUnderWay(event.userId?.hashValue)
        }
    }

    private func isUnderWay(_ mark: Int?) -> Bool {
        guard let mark else { return false }
        return underWay.values.contains { $0.contains(mark) }
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
