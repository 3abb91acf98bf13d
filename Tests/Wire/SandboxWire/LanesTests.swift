// The order of webhooks: what one phone says comes in the order in which it was said, however many phones talk at once
// and however their webhooks share the postman's groups.
import JSONWire
import Testing
import TestSupport
import WhatsApp

@Suite struct `Webhooks of many phones` {
    @Test func `come in the order of each phone's words`() async throws {
        try await RunningSandbox.run { sandbox in
            let phones = (10..<40).map { "373690000\($0)" }
            var said: [String: [String]] = [:]
            for word in 1...6 {
                for phone in phones {
                    let answer = try await sandbox.ask(
                        "POST", "/sandbox/v1/phones/\(phone)/say", #"{"text":"word \#(word)"}"#)
                    said[phone, default: []].append(try #require(answer.json?["messageId"]?.text))
                }
            }
            let words = {
                sandbox.business.received("/webhooks").flatMap { WebhookClassifier.items(in: $0.body) }
            }
            try await until { words().count == phones.count * 6 }
            let came = words().compactMap(\.dedupKey)
            for phone in phones {
                let mine = Set(said[phone] ?? [])
                #expect(came.filter { mine.contains($0) } == said[phone])
            }
        }
    }
}
