// Messages that were made to hurt: one of them must cost itself at most, never the conversation behind it.
import Contracts
import Copy
import Money
import Problem
import Synchronization
import Testing

@testable import CommandRouter

@Suite(.serialized) struct `A hostile message` {
    @Test func `is given up at once when what it asks for can never be said`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.peers.state.withLock {
                $0.notifierTroubles = [
                    (.unprocessable, "MESSAGE_REFUSED"), (.unprocessable, "MESSAGE_REFUSED"),
                ]
            }
            try await router.says("salut", from: "37369000001", wamid: "w1")
            try await router.says("pay 1", from: "37369000001", wamid: "w2")
            try await router.waitFor("w2", "done")
            let first = try await router.event("w1")
            #expect(first.state == "parked" && first.attempts == 1 && first.error == "MESSAGE_REFUSED")
            #expect(router.peers.opened.count == 1)
        }
    }

    @Test(arguments: ["w\\u0000x", "w x", "ш", String(repeating: "z", count: 513)])
    func `is answered without a quote when its id is no wamid`(id: String) async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let text =
                #"{"message":{"id":"\#(id)","from":"37369000001","type":"text","text":{"body":"pay 1"}}}"#
            try await router.keep(raw: Array(text.utf8), "37369000001", "w1")
            try await router.waitFor("w1", "done")
            #expect(router.peers.opened.count == 1)
            #expect(router.peers.said.map(\.body.replyTo) == [nil])
        }
    }

    @Test func `from nobody is left alone`() async throws {
        try await RunningRouter.with { router in
            let text = #"{"message":{"id":"w1","from":"+373","type":"text","text":{"body":"pay 1"}}}"#
            try await router.keep(raw: Array(text.utf8), "", "w1")
            try await router.waitFor("w1", "done")
            #expect(router.peers.said.isEmpty && router.peers.opened.isEmpty)
        }
    }

    @Test func `cannot act by the rows of another conversation or of a seller blocked since`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000002", "Flori Moldova")
            router.seller("codrubank", "+37369000002", "Librăria Codru")
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 55", from: "37369000002", wamid: "w1")
            try await router.waitFor("w1", "done")
            guard case .list(_, _, let rows)? = router.peers.said.last?.body.content else {
                Issue.record("several tills make a list")
                return
            }
            try await router.taps(rows[0].id, from: "37369000001", wamid: "w2")
            try await router.waitFor("w2", "done")
            #expect(router.texts(to: "37369000001") == [Catalogue.text(.choiceGone, .ro)])
            router.seller("moldbank", "+37369000002", "Flori Moldova", .blocked)
            router.seller("codrubank", "+37369000002", "Librăria Codru", .blocked)
            try await router.taps(rows[0].id, from: "37369000002", wamid: "w3")
            try await router.waitFor("w3", "done")
            #expect(router.peers.opened.isEmpty)
        }
    }
}
