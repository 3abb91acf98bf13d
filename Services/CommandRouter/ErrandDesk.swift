// Runs an errand: finds the payments that are meant, asks the gateway, and hands what it answered to the words. Every
// write goes under a key of the message, so an errand that is run twice after a crash ends as it did the first time.
import Contracts
import Copy
import HTTPClient
import Money
import Observe
import Problem
import WhatsApp
import World

struct ErrandDesk: Sendable {
    let book: PaymentBook
    /// Asked which payment a bubble speaks of.
    let notifier: ServiceClient
    let log: Log

    /// A seller's errand, as of one message.
    struct Ground: Sendable {
        var message: Incoming
        /// Never empty.
        var tills: [Till]
        var language: Language

        var owners: [Owner] { tills.owners }
        func till(of view: PaymentView) -> Till? {
            tills.first { $0.key == Till.Key(bankId: view.bankId, merchantId: view.merchantId) }
        }
    }

    /// What is to be said, and what to remember. Throws trouble on the way, after which the message is worked on
    /// again.
    func run(
        _ errand: Errand, _ ground: Ground, _ memory: inout ConversationMemory
    ) async throws -> Told {
        switch errand {
        case .status(let choice):
            try await about(choice, nil, ground, &memory) { view in
                let renewal = try await renewal(view, ground)
                return words(ground, view).status(view, renewal: renewal)
            }
        case .resend(let choice):
            try await about(choice, .resend, ground, &memory) { view in
                let renewal = try await renewal(view, ground)
                let merchant = ground.tills.count > 1 ? ground.till(of: view)?.merchant.name : nil
                return words(ground, view).resent(
                    view, merchant: merchant, at: ground.message.now, renewal: renewal)
            }
        case .cancel(let choice): try await takeBack(choice, ground, &memory)
        case .renew(let handle): try await renew(handle, ground, &memory)
        case .today: try await today(ground)
        case .list(let listing): try await list(listing, ground, &memory)
        case .export(let span): try await export(span, ground)
        }
    }

    // MARK: one payment

    /// `act` is what is wanted of one payment alone; what is nil is answered for all that a bubble tells.
    private func about(
        _ choice: PaymentChoice, _ act: PaymentAct?, _ ground: Ground, _ memory: inout ConversationMemory,
        _ say: (PaymentView) async throws -> MessageContent
    ) async throws -> Told {
        func sentence(_ key: SaleKey, _ values: [Slot: String] = [:]) -> Told {
            Told(content: .text(Catalogue.text(key, ground.language, values)))
        }
        let found: PaymentView?
        switch choice {
        case .reference(let reference):
            found = try await book.payment(reference: reference, of: ground.owners)
            if found == nil { return sentence(.referenceUnknown, [.reference: reference]) }
        case .bubble(let wamid):
            let told = try await payments(of: wamid, ground)
            if told.count > 1 { return several(told, act, ground, &memory) }
            found = told.first
            if found == nil { return sentence(.bubbleUnknown) }
        case .id(let id):
            found = try await book.payment(id, of: ground.owners)
        case .last:
            var last: PaymentView?
            if let id = memory.lastPaymentId { last = try await book.payment(id, of: ground.owners) }
            if last == nil { last = try await book.last(of: ground.owners) }
            found = last
        }
        guard let view = found else { return sentence(.paymentNone) }
        let content = try await say(view)
        return Told(content: content, notAfter: Self.worth(content, view), subject: view.paymentId)
    }

    /// A link is worth nothing after it has run out; every other answer is worth reading for a day.
    private static func worth(_ content: MessageContent, _ view: PaymentView) -> Timestamp? {
        if case .link = content { view.expiresAt } else { nil }
    }

    /// A bubble that tells several payments: how all of them stand, or the question which one is meant.
    private func several(
        _ views: [PaymentView], _ act: PaymentAct?, _ ground: Ground, _ memory: inout ConversationMemory
    ) -> Told {
        let lines = views.map { words(ground, $0).line($0) }
        guard let act else {
            let text = ([Catalogue.payments(views.count, ground.language)] + lines).joined(separator: "\n")
            return Told(content: .text(QuestionList.fit(text, OutboundLimits.textMax)))
        }
        let options = zip(views, lines).map { view, line in
            Question.Option(
                payment: Question.PaymentPick(
                    paymentId: view.paymentId, act: act, amount: view.amount, line: line))
        }
        let question = Question(
            kind: .payment, sourceKey: ground.message.key, options: options, now: ground.message.now)
        memory.question = question
        let body = QuestionList.bodyOfPayments(views.count, ground.language)
        return Told(
            content: QuestionList.content(question, body: body, tills: ground.tills, ground.language))
    }

    /// The payments of these owners that a bubble tells, in the order of its lines.
    private func payments(of wamid: String, _ ground: Ground) async throws -> [PaymentView] {
        let subject: MessageSubject
        do {
            subject = try await notifier.call(
                "POST", "/v1/messages/lookup",
                body: LookUpMessage(conversation: ground.message.conversation, wamid: wamid),
                timeout: PaymentBook.timeout, as: MessageSubject.self)
        } catch let problem as Problem where problem.code == "MESSAGE_UNKNOWN" { return [] }
        var views: [PaymentView] = []
        for id in subject.subjects ?? [subject.subject] {
            if let view = try await book.payment(id, of: ground.owners) { views.append(view) }
        }
        return views
    }

    private func renewal(_ view: PaymentView, _ ground: Ground) async throws -> RenewalOffer {
        guard view.status.invitesRenewal else { return .nothing }
        if view.supersededBy != nil { return .orderPaid }
        return try await book.renewal(view.paymentId, key: ground.message.key + ":handle")
    }

    private func takeBack(
        _ choice: PaymentChoice, _ ground: Ground, _ memory: inout ConversationMemory
    ) async throws -> Told {
        var isCancelled = false
        var told = try await about(choice, .cancel, ground, &memory) { view in
            let outcome = try await cancel(view, ground)
            var renewal = RenewalOffer.nothing
            if case .settled(let view) = outcome {
                isCancelled = view.status == .cancelled
                if !isCancelled { renewal = try await self.renewal(view, ground) }
            }
            return words(ground, view).cancelled(outcome, renewal: renewal)
        }
        // No outcome will say so, and a link that still waits must not follow.
        if isCancelled, let subject = told.subject { told.ends = [subject] }
        return told
    }

    /// What the gateway and the bank behind it make of the wish. The state decides, not the order of arrival.
    private func cancel(_ view: PaymentView, _ ground: Ground) async throws -> CancelOutcome {
        do {
            return .settled(try await book.cancel(view.paymentId, key: ground.message.key + ":cancel"))
        } catch let problem as Problem {
            log.info("payment.notCancelled", ["code": .name(problem.code)])
            switch problem.code {
            case "ALREADY_SETTLED":
                return .settled(try await book.payment(view.paymentId, of: ground.owners) ?? view)
            case "MONEY_MAY_BE_MOVING":
                return .moneyMayBeMoving(try await book.payment(view.paymentId, of: ground.owners) ?? view)
            case "CANCEL_NOT_OFFERED", "BANK_UNKNOWN": return .notOffered(view)
            default:
                guard PaymentReply.isAnswer(problem) else { throw problem }
                return .uncertain(view)
            }
        }
    }

    /// The same order once more. The handle is spent by one message only; a second tap is another message and is
    /// told so.
    private func renew(
        _ handle: String, _ ground: Ground, _ memory: inout ConversationMemory
    ) async throws -> Told {
        let message = ground.message
        let answer: GatewayAnswer
        do {
            let view = try await book.renew(
                RenewPayment(
                    handle: handle,
                    sellers: ground.owners.map {
                        RenewPayment.Seller(bankId: $0.bankId, posUserId: $0.posUserId)
                    }, conversation: message.conversation, locale: ground.language), key: message.key)
            memory.lastPaymentId = view.paymentId
            answer = .opened(view)
        } catch let problem as Problem where PaymentReply.isAnswer(problem) {
            log.info("renewal.refused", ["code": .name(problem.code)])
            answer = .refused(problem)
        }
        var till = ground.tills[0]
        if case .opened(let view) = answer { till = ground.till(of: view) ?? till }
        return PaymentReply.content(
            answer,
            ReplyGround(
                till: till, namesMerchant: ground.tills.count > 1, askedAt: message.heardAt, isRenewal: true),
            ground.language)
    }

    // MARK: many payments

    private func today(_ ground: Ground) async throws -> Told {
        let words = sales(ground)
        let (from, to) = words.days.todaysMoments
        return Told(content: words.today(try await book.totals(ground.owners, from: from, to: to)))
    }

    private func list(
        _ asked: Listing, _ ground: Ground, _ memory: inout ConversationMemory
    ) async throws -> Told {
        var listing = asked
        let wanted = listing.page * Listing.rowsMax + 1
        let found = try await book.newest(
            ground.owners, tag: listing.tag, before: listing.before, count: wanted)
        // The pages that follow are cut from what is there now.
        listing.before = listing.before ?? found.first.map { $0.createdAt.advanced(by: .microseconds(1)) }
        let first = (listing.page - 1) * Listing.rowsMax
        let page = found.dropFirst(first).prefix(Listing.rowsMax)
        let hasMore = found.count > first + Listing.rowsMax && listing.page < Listing.pagesMax
        let takings: Takings? =
            listing.tag == nil || listing.page > 1
            ? nil : try await book.totals(ground.owners, tag: listing.tag)
        if hasMore {
            memory.question = Question(
                kind: .page, sourceKey: ground.message.key, options: [], now: ground.message.now,
                listing: listing.next)
        } else if memory.question?.kind == .page {
            memory.question = nil
        }
        return Told(content: sales(ground).list(page, listing, hasMore: hasMore, takings))
    }

    private func export(_ span: ExportSpan, _ ground: Ground) async throws -> Told {
        let words = sales(ground)
        let (first, end) = span.days(today: words.days.today)
        let (from, to) = words.days.moments(first: first, end: end)
        let document = try await book.csv(ground.owners, from: from, to: to)
        return Told(content: words.document(document, first: first, end: end))
    }

    private func words(_ ground: Ground, _ view: PaymentView) -> PaymentWords {
        let place = (ground.till(of: view) ?? ground.tills[0]).place
        return PaymentWords(
            language: ground.language, days: LocalDays(ground.message.heardAt, at: place))
    }

    private func sales(_ ground: Ground) -> SalesWords {
        SalesWords(
            language: ground.language,
            days: LocalDays(ground.message.heardAt, at: ground.tills[0].place))
    }
}
