// Where posted messages are written: at once on their way where nothing speaks against it, else queued for a round.
// It never says that a message was taken before its row is committed.
import Contracts
import EventLoop
import JobQueue
import Postgres
import World

struct PostDesk: Sendable {
    let outbox: OutboxStore
    let sender: OutboxSender
    let source: OutboxSource
    /// Free places of the worker that sends.
    let places: JobPlaces<Departure>
    /// What looks for commits that were not heard of, apart from whoever posted.
    let unheard: ApartTasks
    /// There is something for a round, and perhaps for the end of what is on its way.
    let wake: @Sendable () -> Void

    /// One commit of messages that are posted at the same time, as one statement each.
    func gathering(on loop: EventLoop) -> Gathering<PostedMessage, Result<Bool, any Error>> {
        Gathering(on: loop) { posted in await post(posted) }
    }

    /// True for each whose key was not known.
    func post(_ posted: [PostedMessage]) async -> [Result<Bool, any Error>] {
        var doubtful: [Departure] = []
        let posting = await atOnce(posted, &doubtful) ?? OutboxStore.Posting()
        for departure in posting.disputed { unheard.add { await sender.giveUp(departure) } }
        let leaving = Set((posting.departures + posting.disputed).map(\.message.messageId))
        let rest = posted.filter { !leaving.contains($0.id) && !posting.known.contains($0.id) }
        if rest.isEmpty { return posted.map { .success(leaving.contains($0.id)) } }
        for one in rest { sender.followed.note(one.message.conversation) }
        let queued = Dictionary(
            zip(rest.map(\.id), await outbox.messages.insertApart(rest)),
            uniquingKeysWith: { first, _ in first })
        // Whoever posted may have heard of a failure: it will find the row under its key and take it for sent.
        for departure in doubtful { unheard.add { await sender.giveUp(departure) } }
        if queued.values.contains(where: { (try? $0.get()) ?? false }) { wake() }
        return posted.map { queued[$0.id] ?? .success(leaving.contains($0.id)) }
    }

    /// Writes and sends what may leave. Nil when the database would not: then all are queued, which it may refuse as
    /// well, and says so to whoever posted. Rows that may be there and that nobody sends are in `doubtful`.
    private func atOnce(
        _ posted: [PostedMessage], _ doubtful: inout [Departure]
    ) async -> OutboxStore.Posting? {
        let candidates = posted.filter { source.hasTokens($0.message.conversation.phoneNumberId) }
        var free: [JobPlace<Departure>] = []
        while free.count < candidates.count, let place = places.take() { free.append(place) }
        if free.isEmpty { return nil }
        do {
            let posting = try await outbox.post(candidates, most: free.count, doubtful: &doubtful)
            source.spent(posting.fullAt)
            for (place, departure) in zip(free, posting.departures) { place.begin(departure) }
            return posting
        } catch { return nil }
    }
}
