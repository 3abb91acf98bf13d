// Who holds a phone where our numbers are for different banks: a doubt ends by all of them, and each names its own
// seller.
import Contracts
import Copy
import Money
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

extension `Who holds a phone` {
    @Test func `stays in doubt while a bank of another number has not confirmed`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.isKnownToCodrubank()
            for (wamid, userId) in [("w1", "MD.1"), ("w2", "MD.2")] {
                try await router.says(
                    "today", from: Self.phone, wamid: wamid, userId: userId,
                    at: RunningRouter.moldbanksNumber)
                try await router.waitFor(wamid, "done")
            }
            // A confirmation that is not due yet by our clock is none.
            router.confirmsAnew(at: World.forWireTests.now().advanced(by: .seconds(3_600)))
            try await router.says(
                "pay 2", from: Self.phone, wamid: "w2b", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w2b", "done")
            #expect(router.peers.opened.isEmpty && router.texts(to: Self.phone).last == suspended)
            // The one bank has registered who holds the phone now; the other one has not heard of it.
            router.confirmsAnew()
            try await router.says(
                "pay 3", from: Self.phone, wamid: "w3", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w3", "done")
            #expect(router.peers.opened.map(\.body.bankId) == ["moldbank"])
            #expect(try await router.doubts().contains { $0.mark == Self.phone && $0.isOpen })
            // Nor would it be trusted if the doubt had been ended without it.
            try await router.pool.query(
                """
                update channel.identity_doubt set settled_at = raised_at + interval '1 millisecond',
                  owners = '{moldbank/pos-1}', look_at = null
                """)
            try await router.says(
                "pay 4", from: Self.phone, wamid: "w4", userId: "MD.2", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w4", "done")
            #expect(router.peers.opened.count == 1)
            let word = Catalogue.text(.identitySuspended, .ro, [.bank: "codrubank"])
            #expect(router.texts(to: Self.phone).last == word)
            // Confirmed by that bank too, its tills open and its name is added to the other's.
            router.isKnownToCodrubank(confirmedAt: World.forWireTests.now())
            try await router.says(
                "pay 5", from: Self.phone, wamid: "w5", userId: "MD.2", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w5", "done")
            #expect(router.peers.opened.map(\.body.bankId) == ["moldbank", "codrubank"])
            let names = ["codrubank/pos-9", "moldbank/pos-1"]
            #expect(try await router.doubts().first { $0.mark == Self.phone }?.owners == names)
            // At whichever number the person writes next.
            try await router.says(
                "today", from: Self.phone, wamid: "w6", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w6", "done")
            #expect(try await router.doubts().first { $0.mark == Self.phone }?.owners == names)
        }
    }

    @Test func `is named anew by all banks when one of them gives the phone away, and after nobody knew it`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.isKnownToCodrubank()
            func hears(_ wamid: String) async throws {
                try await router.says(
                    "today", from: Self.phone, wamid: wamid, at: RunningRouter.moldbanksNumber)
                try await router.waitFor(wamid, "done")
            }
            try await hears("w1")
            router.seller("moldbank", "+37369000001", "Florile", posUserId: "pos-2")
            try await hears("w2")
            let names = ["codrubank/pos-9", "moldbank/pos-2"]
            #expect(try await router.doubts().map(\.owners) == [names])
            // No bank knows the phone for a moment: nobody need write for the seller to be named again.
            let sellers = router.peers.state.withLock { state in
                defer { state.sellers = [:] }
                return state.sellers
            }
            try await hears("w3")
            try await router.says("today", from: Self.phone, wamid: "w4", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w4", "done")
            #expect(try await router.doubts().map(\.owners) == [[]])
            router.peers.state.withLock { $0.sellers = sellers }
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().map(\.owners) == [names]
            }
            let open: PostgresStatement =
                "select count(*) as n from channel.identity_doubt where look_at is not null"
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.pool.query(open).one().int8("n") == 0
            }
        }
    }
}
