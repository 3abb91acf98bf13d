// Messages that the statement for plain ones must leave to a round: of a person whom somebody came to doubt meanwhile,
// and behind another of their conversation. And which failures of that statement may have written.
import Contracts
import Postgres
import TestSupport
import Testing
import World

@testable import Notifier

@Suite(.serialized) struct `A message that may not leave at once` {
    private static let peer = "37369000001"

    @Test func `is left to a round when its person was doubted while the number was locked`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know(Self.peer)
            let other = "37369000002"
            try await bench.know(other)
            let posted = [Self.peer, other].map { bench.posted("Plătit", to: $0) }
            try await until(atMost: .seconds(30)) {
                try await bench.pool.query("delete from channel.identity_doubt")
                let done = try await bench.post(
                    posted, behind: "select 1 from notifier.number_pace for update"
                ) { _ in
                    try await bench.pool.query(
                        "insert into channel.identity_doubt (mark, raised_at) values ($1, now())",
                        [.text(Self.peer)])
                }
                guard let done else { return false }
                #expect(done.departures.map(\.message.conversation.peer) == [other])
                return true
            }
        }
    }

    @Test func `does not overtake one before it that may not leave at once`() async throws {
        try await OutboxBench.with { bench in
            let peers = ["37369000001", "37369000002"]
            for peer in peers { try await bench.know(peer) }
            var posted = peers.flatMap { peer in ["a", "b"].map { bench.posted($0, to: peer) } }
            posted[0].message.content = .document(
                caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ==")
            posted[2].message.notAfter = bench.world.now().advanced(by: .seconds(-1))
            var doubtful: [Departure] = []
            let posting = try await bench.outbox.post(posted, most: 8, doubtful: &doubtful)
            #expect(posting.departures.isEmpty)
            // Alone, they leave.
            try await bench.pool.query("update notifier.number_pace set full_at = null")
            let alone = try await bench.outbox.post([posted[1], posted[3]], most: 8, doubtful: &doubtful)
            #expect(alone.departures.map(\.message.messageId) == [posted[1].id, posted[3].id])
        }
    }

    @Test func `may be written when the server was lost, and not when it refused`() {
        for code in ["08006", "08P01", "57P01"] {
            #expect(OutboxStore.mayBeWritten(PostgresError(.server(sqlState: code))), "\(code)")
        }
        for code in ["55P03", "23514", "57014", "53300"] {
            #expect(!OutboxStore.mayBeWritten(PostgresError(.server(sqlState: code))), "\(code)")
        }
        #expect(OutboxStore.mayBeWritten(PostgresError(.timedOut)))
        #expect(!OutboxStore.mayBeWritten(PostgresError(.connectionLost(sent: false))))
    }
}
