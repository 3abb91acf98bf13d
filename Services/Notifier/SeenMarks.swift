// The two blue ticks and the three dots. They cost nothing and promise nothing: what cannot be done at once is not
// done, and no message ever waits for one.
import Contracts
import EventLoop
import HTTPClient
import HTTPWire
import Observe
import WhatsApp

/// Marks persons' messages as read, a few at a time.
final class SeenMarks: Sendable {
    /// Requests to Meta at the same time.
    static let concurrency = 8
    /// Marks that wait for one of them; what comes while these wait is dropped, since dots that come late help
    /// nobody.
    static let waitingMax = 64
    /// After this the answer to the person is a better sign than the dots.
    static let timeout = Duration.seconds(3)

    private let graph: GraphSender
    private let numbers: [String: SendingNumber]
    private let loop: EventLoop
    private let metrics: NotifierMetrics
    private let marks: AsyncStream<MarkSeen>
    private let door: AsyncStream<MarkSeen>.Continuation

    init(graph: GraphSender, numbers: [String: SendingNumber], loop: EventLoop, metrics: NotifierMetrics) {
        self.graph = graph
        self.numbers = numbers
        self.loop = loop
        self.metrics = metrics
        (marks, door) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingMax))
    }

    /// Takes a mark, or drops it when too many wait. Never blocks.
    func add(_ mark: MarkSeen) {
        if case .dropped = door.yield(mark) { metrics.seen.add(1, ["dropped"]) }
    }

    /// Runs until cancelled.
    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await mark in marks {
                if running == Self.concurrency {
                    await group.next()
                    running -= 1
                }
                group.addTask(executorPreference: self.loop) { await self.tell(mark) }
                running += 1
            }
        }
        throw CancellationError()
    }

    private func tell(_ mark: MarkSeen) async {
        let body = OutboundBody.readReceipt(wamid: mark.wamid, typing: mark.typing)
        guard let number = numbers[mark.conversation.phoneNumberId],
            let request = graph.request("messages", of: number, body)
        else { return metrics.seen.add(1, ["failed"]) }
        do throws(HTTPClientFailure) {
            let answer = try await graph.http.send(request, timeout: Self.timeout)
            metrics.seen.add(1, [(200...299).contains(answer.status) ? "done" : "refused"])
        } catch { metrics.seen.add(1, ["failed"]) }
    }
}
