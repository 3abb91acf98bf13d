// One story through the whole system, told as a chat: hello, pay, link, payment, receipt. Each step watches
// for its outcome and names itself when it does not come.
package import EventLoop
import HTTPWire

/// Plays the story and prints the chat as it happens.
package struct HeadlessStory: Sendable {
    private let sandbox: SandboxClient
    private let loop: EventLoop
    private let say: @Sendable (String) -> Void
    /// How long one step may take. The whole story is to take a fraction of it.
    private static let stepTimeout: Duration = .seconds(10)

    package init(sandbox: SandboxClient, loop: EventLoop, say: @escaping @Sendable (String) -> Void) {
        self.sandbox = sandbox
        self.loop = loop
        self.say = say
    }

    /// A step that did not come out.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let step: String
        package let why: String
        package var description: String { "step failed: \(step): \(why)" }
    }

    package func run() async throws {
        let seller = DemoCast.phones[0].phone
        let text = "pay 100 \"Cafea + croissant\" #cafea"
        _ = try await ask("the seller says hello and is greeted by name", seller, "Bună ziua") {
            $0.text.contains("Cafeneaua Veche")
        }
        let bubble = try await ask("the seller asks for a payment and gets a link", seller, text) {
            $0.buttons?.contains { $0.url != nil } == true
        }
        guard let link = bubble.buttons?.compactMap(\.url).first else {
            throw Failure(step: "the bubble carries the link", why: "no button with a URL")
        }
        let page = try await step("the customer opens the link") { try await sandbox.open(link) }
        guard page.status == 200, String(decoding: page.body, as: UTF8.self).contains("<html") else {
            throw Failure(step: "the customer opens the link", why: "the page answered \(page.status)")
        }
        say("      [ customer ]  opens \(link)")
        guard let paymentId = link.split(separator: "=").last.map(String.init) else {
            throw Failure(step: "the link names a payment", why: link)
        }
        let before = Set(try await sandbox.chat(seller).map(\.id))
        try await step("the customer pays in the bank's app") { try await sandbox.pay(paymentId) }
        say("      [ customer ]  pays 100,00 MDL")
        let receipt = try await await_("the seller reads the receipt", seller, before) {
            $0.text.contains("14") || $0.text.contains("100,00")
        }
        guard receipt.text.contains("100,00"), receipt.text.contains("#cafea") else {
            throw Failure(step: "the receipt names the amount and the tag", why: receipt.text)
        }
    }

    private func ask(
        _ name: String, _ phone: String, _ text: String, _ isAnswer: @Sendable (SandboxClient.Bubble) -> Bool
    ) async throws -> SandboxClient.Bubble {
        let before = Set(try await sandbox.chat(phone).map(\.id))
        say("seller \(phone)  >  \(text)")
        let wamid = try await step(name) { try await sandbox.say(text, from: phone) }
        return try await await_(name, phone, before.union([wamid]), isAnswer)
    }

    private func await_(
        _ name: String, _ phone: String, _ before: Set<String>,
        _ isAnswer: @Sendable (SandboxClient.Bubble) -> Bool
    ) async throws -> SandboxClient.Bubble {
        let deadline = loop.nowNs + Self.stepTimeout.nanosecondsClamped
        var last = "nothing came"
        while loop.nowNs < deadline {
            for bubble in try await sandbox.chat(phone)
            where bubble.direction == "in" && !before.contains(bubble.id) {
                if isAnswer(bubble) {
                    show(bubble)
                    return bubble
                }
                last = "instead came: \(bubble.text)"
            }
            try await loop.sleep(for: .milliseconds(10))
        }
        throw Failure(step: name, why: last)
    }

    private func show(_ bubble: SandboxClient.Bubble) {
        for (index, line) in bubble.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        {
            say((index == 0 ? "                  Till  <  " : "                           ") + line)
        }
        for button in bubble.buttons ?? [] {
            say("                           [ \(button.title) ] \(button.url ?? "")")
        }
    }

    @discardableResult
    private func step<Value: Sendable>(_ name: String, _ body: () async throws -> Value) async throws -> Value
    {
        do { return try await body() } catch { throw Failure(step: name, why: "\(error)") }
    }
}
