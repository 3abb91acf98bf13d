// The order of webhooks: what one phone says comes in the order in which it was said, however many phones talk at once
// and however their webhooks share the postman's groups.
import EventLoop
import Testing
import TestSupport

@testable import Sandbox

@Suite struct `Webhooks of many phones` {
    @Test func `come in the order of each phone's words`() async throws {
        let phones = 40, words = 25
        try await RunningSandbox.run { sandbox in
            // In one turn of the loop, so that none has left before the last is there.
            try await sandbox.loop.run {
                for word in 0..<words {
                    for phone in 0..<phones {
                        let body = Array("\(phone) \(word)".utf8)
                        sandbox.postman.post(MetaCloud.Post(lane: "+373\(phone)", after: .zero, body: body))
                    }
                }
            }
            let came = {
                sandbox.business.received("/webhooks").map { String(decoding: $0.body, as: UTF8.self) }
            }
            try await until { came().count == phones * words }
            for phone in 0..<phones {
                let mine = came().filter { $0.hasPrefix("\(phone) ") }
                #expect(mine == (0..<words).map { "\(phone) \($0)" })
            }
        }
    }
}
