// A message whose answer was that nothing came of it, and whose end is lost: it is worked on once more, and what comes
// of it then must reach its sender. The bank is away in the first attempt and back in the second.
import Contracts
import Copy
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `What comes of a message after all` {
    private static let peer = "37369000001"

    /// The next claim, as if the process that had claimed the message had died before its end was written.
    private static func claimAgain(_ router: RunningRouter) async throws -> InboundEvent {
        try await router.endLeases()
        return try #require(try await router.another.claim(8).first)
    }

    /// A payment, and a `cancel` that was answered while the banks were away, which are back. The next claim of it.
    private static func cancelsWhileAway(_ router: RunningRouter) async throws -> InboundEvent {
        router.seller("moldbank", "+" + Self.peer, "Cafeneaua Veche")
        try await router.says("pay 100", from: Self.peer, wamid: "w1")
        await router.desk.work(on: try #require(try await router.another.claim(8).first))
        router.peers.state.withLock { $0.silentBanks = ["moldbank", "codrubank"] }
        try await router.says("cancel", from: Self.peer, wamid: "w2")
        let first = try #require(try await router.another.claim(8).first)
        let second = try await Self.claimAgain(router)
        await router.desk.work(on: first)
        router.peers.state.withLock { $0.silentBanks = [] }
        return second
    }

    private static func bodies(_ router: RunningRouter, _ part: String) -> [MessageContent] {
        router.peers.state.withLock { state in
            state.taken.filter { $0.key.hasSuffix(part) }.map(\.value.content)
        }
    }

    @Test func `is a link that is told once, behind the word that the bank does not answer`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+" + Self.peer, "Cafeneaua Veche")
            router.seller("codrubank", "+" + Self.peer, "Librăria Codru", merchantId: "311")
            router.peers.state.withLock { $0.silentBanks = ["moldbank", "codrubank"] }
            try await router.says("pay 100 #cafea", from: Self.peer, wamid: "w1")
            let attempts = [
                try #require(try await router.another.claim(8).first), try await Self.claimAgain(router),
                try await Self.claimAgain(router),
            ]
            await router.desk.work(on: attempts[0])
            #expect(router.texts(to: Self.peer) == [Catalogue.text(.bankSilent, .ro)])
            router.peers.state.withLock { $0.silentBanks = ["codrubank"] }
            for attempt in attempts.dropFirst() { await router.desk.work(on: attempt) }
            #expect(try await router.event("w1").state == "done")
            #expect(Set(router.peers.opened.map(\.key)).count == 1)
            #expect(router.peers.state.withLock { $0.taken.count } == 2)
            #expect(Self.bodies(router, ":reply") == [.text(Catalogue.text(.bankSilent, .ro))])
            guard case .link(let body, _, _)? = Self.bodies(router, ":after").first else {
                Issue.record("the link is told")
                return
            }
            let parts = body.split(separator: "\n\n")
            #expect(parts.count == 3 && parts[0].hasSuffix("#cafea"))
            #expect(parts[1] == Catalogue.text(.afterAll, .ro))
            let quoted = router.peers.said.map(\.body.replyTo)
            #expect(Set(quoted) == ["w1"])
        }
    }

    @Test func `is what became of a payment, too, as when it was taken back`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let second = try await Self.cancelsWhileAway(router)
            await router.desk.work(on: second)
            let told = try #require(router.peers.said.last)
            #expect(told.key.hasSuffix(":after") && told.body.ends?.count == 1)
            #expect(router.texts(to: Self.peer).last?.contains(Catalogue.text(.cancelDone, .ro)) == true)
        }
    }

    /// "I cannot cancel it now, try again in a minute" is no success.
    @Test func `is not said to have worked where it has not`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let second = try await Self.cancelsWhileAway(router)
            router.peers.book.state.withLock { $0.cancelTrouble = (.unavailable, "RAIL_UNAVAILABLE") }
            await router.desk.work(on: second)
            let told = try #require(router.peers.said.last)
            #expect(told.key.hasSuffix(":after"))
            let text = try #require(router.texts(to: Self.peer).last)
            #expect(text.contains(Catalogue.text(.cancelUncertain, .ro)))
            #expect(text.contains(Catalogue.text(.holdsNow, .ro)))
            #expect(!text.contains(Catalogue.text(.afterAll, .ro)))
        }
    }

    /// The notifier takes the same link in another language for another message; it is none.
    @Test func `is not told again where the first attempt told the link in other words`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+" + Self.peer, "Cafeneaua Veche")
            try await router.says("pay 100", from: Self.peer, wamid: "w1")
            let first = try #require(try await router.another.claim(8).first)
            var second = try await Self.claimAgain(router)
            await router.desk.work(on: first)
            second.memory.language = .fr
            await router.desk.work(on: second)
            #expect(router.peers.said.map(\.body.locale) == [.ro, .fr])
            #expect(router.peers.state.withLock { $0.taken.count } == 1)
        }
    }

    /// What a message's end relies on is only lost with the server where somebody would have to be told otherwise.
    @Test(arguments: [true, false]) func `is seldom asked for, since the end is kept where a bank was away`(
        isAway: Bool
    ) async throws {
        try await RunningRouter.with(isWorking: false) { router in
            try await router.pool.query("create table public.kept (durability text)")
            try await router.pool.query(
                """
                create function public.note() returns trigger language plpgsql security definer as
                'begin insert into public.kept values (current_setting(''synchronous_commit'')); return null; end'
                """)
            try await router.pool.query(
                """
                create trigger note after update on channel.conversation for each row
                when (old.busy_until is not null and new.busy_until is null) execute function public.note()
                """)
            router.seller("moldbank", "+" + Self.peer, "Cafeneaua Veche")
            if isAway { router.peers.state.withLock { $0.silentBanks = ["codrubank"] } }
            try await router.says("pay 100", from: Self.peer, wamid: "w1")
            await router.desk.work(on: try #require(try await router.another.claim(8).first))
            #expect(try await router.event("w1").state == "done")
            let kept = try await router.pool.query("select durability from public.kept").map {
                try $0.text("durability")
            }
            #expect(kept == [isAway ? "on" : "off"])
        }
    }
}
