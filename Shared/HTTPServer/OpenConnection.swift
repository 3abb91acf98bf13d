// What a server keeps of each open connection, to know who dawdles and who is idle. Every request changes it some four
// times, so it is made of atomics instead of lying behind the server's lock.
import EventLoop
import Synchronization
import Transport

/// One open connection. Written on the loop's thread; read there and by who drains.
final class OpenConnection: Sendable {
    let id: UInt64
    let stream: ByteStream
    /// Whom the limit per address counts it for; nil where it is not counted.
    let party: AddressBlock?
    private let busy = Atomic<Bool>(false)
    /// Since when we wait for its sender, by the loop's clock; `.max` while a handler works.
    private let waits: Atomic<Int64>
    private let unfinished = Atomic<Int>(0)

    init(id: UInt64, stream: ByteStream, party: AddressBlock?, now: Int64) {
        self.id = id
        self.stream = stream
        self.party = party
        waits = Atomic(now)
    }

    /// From the head of a request to its answer.
    var isBusy: Bool { busy.load(ordering: .relaxed) }
    /// Nil while a handler works.
    var waitsSince: Int64? {
        let since = waits.load(ordering: .relaxed)
        return since == .max ? nil : since
    }
    /// What its sender asks lies unread in the kernel: it is we who keep it waiting, as after a pause of the whole
    /// process. Not where we work for it or it is slow to take an answer. On the loop only; a system call.
    var waitsForUs: Bool { !isBusy && stream.hasUnreadBytes }
    /// Bytes of a body that has not come to its end.
    var unfinishedBytes: Int { unfinished.load(ordering: .relaxed) }

    func set(busy isBusy: Bool) { busy.store(isBusy, ordering: .relaxed) }
    func set(waitsSince now: Int64?) { waits.store(now ?? .max, ordering: .relaxed) }
    func set(unfinishedBytes: Int) { unfinished.store(unfinishedBytes, ordering: .relaxed) }
}

/// Where the tasks of connections run: an actor of the server's loop. What its isolation calls on the same loop, such
/// as a database's connection, is called without a turn of the loop; and the runtime need not look for the task's
/// preferred executor, behind a lock of its own, each time that it goes on.
actor ConnectionDesk {
    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(on loop: EventLoop) { self.loop = loop }

    func run(_ connection: HTTPConnection) async { await connection.run() }
}
