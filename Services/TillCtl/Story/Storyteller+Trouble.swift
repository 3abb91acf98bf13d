// The steps that a person at the bank, at Meta or in the street takes: paying, ringing, changing phones, and
// everything that goes wrong.
import Contracts
import HTTPWire
import World

extension Storyteller {
    func customer(_ step: Step, _ run: inout Telling) async throws {
        switch step {
        case .opensLink:
            guard let url = try await link(run).link else { return }
            let page = try await stage.sandbox.open(url)
            guard page.status == 200, String(decoding: page.body, as: UTF8.self).contains("<html") else {
                throw StoryFailure(
                    story: story.name, step: "the customer opens the link", why: "it answers \(page.status)")
            }
            say("      [ customer ]  opens \(url)")
        case .pays(let callbacks):
            let order = try await newestOrder(run)
            say("      [ customer ]  pays \(order.amount) \(order.currency)")
            try await stage.sandbox.pay(order.paymentId, callbacks: callbacks)
        case .declines:
            say("      [ customer ]  declines")
            try await stage.sandbox.decline(try await newestOrder(run).paymentId)
        case .rings(let phone):
            var rung: [String?] = []
            try await stage.watch(Self.patience) {
                rung = try await orders(run).map(\.payerPhone)
                return !rung.isEmpty
            }
            guard rung == [phone] else {
                throw StoryFailure(story: story.name, step: "\(phone) rings", why: "rang: \(rung)")
            }
            say("      [ \(phone) rings ]")
        default: preconditionFailure("not a step of the customer's: \(step)")
        }
    }

    private func newestOrder(_ run: Telling) async throws -> SandboxClient.Payment {
        guard let order = try await orders(run).last else {
            throw StoryFailure(story: story.name, step: "the customer", why: "there is nothing to pay")
        }
        return order
    }

    func people(_ step: Step, _ run: inout Telling) async throws {
        switch step {
        case .takesNewNumber(let announced):
            let number = stage.spareNumber(of: run.phone)
            try await stage.sandbox.changeNumber(of: run.phone, to: number, announced: announced)
            say("      ( the seller's number is \(number) now )")
            run.phone = number
        case .takesNewPhone:
            try await stage.sandbox.changeIdentity(of: run.phone, isAnother: false)
            say("      ( the seller has another phone )")
        case .givesNumberAway:
            try await stage.sandbox.changeIdentity(of: run.phone, isAnother: true)
            say("      ( somebody else has this number now )")
        case .bankConfirms:
            try await stage.confirm(story.cast, story.name, phone: run.phone)
            say("      ( the bank confirms the seller )")
        case .bankRewrites:
            try await stage.write(story.cast, story.name, phone: run.phone)
            say("      ( the bank writes all its sellers again, as every night )")
        default: preconditionFailure("not a step of the seller's: \(step)")
        }
    }

    func trouble(_ step: Step, _ run: inout Telling) async throws {
        switch step {
        case .trouble(var trouble):
            switch trouble.target {
            case .everybody: break
            case .seller: trouble.phone = run.phone
            case .payments: trouble.mention = "#" + story.name
            }
            try await stage.sandbox.set(trouble)
            say("      ! \(trouble.at): \(trouble.kind)")
        case .calm: try await stage.sandbox.clearTroubles()
        case .lies(let kind):
            say("      ! somebody posts a callback: \(kind)")
            try await stage.sandbox.lie(kind, about: try await newestOrder(run).paymentId)
        case .bankRotatesKey(let bank):
            say("      ! \(bank) signs with another key")
            try await stage.sandbox.act("/banks/\(bank)/rotate-key")
        case .bankRevokesTokens(let bank):
            say("      ! the tokens of \(bank) run out")
            try await stage.sandbox.act("/banks/\(bank)/revoke-tokens")
        case .metaRedelivers:
            say("      ! Meta delivers the same webhook again")
            try await stage.sandbox.redeliver(run.lastSaid, of: run.phone)
        case .metaPosts(let text, let others, let padBytes, let signature, let answer):
            var batch = [SandboxClient.Batch.Message(phone: run.phone, text: filled(text))]
            for index in 0..<others { batch.append(.init(phone: stage.bystander(index), text: "👍")) }
            let done = try await stage.sandbox.post(
                .init(messages: batch, padBytes: padBytes, signature: signature))
            say("      ! Meta posts \(batch.count) messages, \(done.bytes) bytes; answered \(done.status)")
            run.seen.formUnion(done.messageIds)
            guard done.status == answer else {
                throw StoryFailure(
                    story: story.name, step: "Meta posts \(batch.count) messages",
                    why: "answered \(done.status), not \(answer)")
            }
        case .metaDecides(let template, let language, let status):
            say("      ! Meta: \(template) in \(language) is \(status)")
            try await stage.sandbox.decide(template, language, status)
        default: preconditionFailure("not a trouble: \(step)")
        }
    }
}
