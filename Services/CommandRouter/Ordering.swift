// From an order to a plan: what is missing is asked for, one thing at a time, and the question keeps the order. Part of
// the decision core.
import Contracts
import Copy
import Money
import World

extension SellerTurn {
    /// A command that charges, with how each till reads it.
    mutating func order(_ command: Command, _ readings: [Result<Command, CommandRefusal>]) -> Action {
        guard let rail = Order(command)?.rail else { return say(.teaching) }
        let options = zip(tills, readings).compactMap { till, reading -> Question.Option? in
            guard let order = (try? reading.get()).flatMap({ Order($0) }), order.rail == rail else {
                return nil
            }
            return Question.Option(order: order, till: till.key)
        }
        return settle(options, message.key, isChosen: false)
    }

    /// The option that somebody chose of a question.
    mutating func choose(_ option: Question.Option, of question: Question) -> Action {
        if let payment = option.payment {
            memory.question = nil
            return .errand(payment.act.errand(.id(payment.paymentId)))
        }
        if let language = option.language {
            memory.question = nil
            return change(to: language)
        }
        guard let order = option.order else {
            memory.question = nil
            return option.till.map { keep($0) } ?? keepAsking()
        }
        if option.till != nil {
            return settle([option], question.sourceKey, isChosen: question.kind == .merchant)
        }
        // An amount was chosen before its merchant: the tills that can take it are those of its currency and
        // limit.
        let options = tills.filter { till in
            till.merchant.currency == order.charge.amount.currency
                && till.limit.map { order.charge.amount.minorUnits <= $0.minorUnits } ?? true
        }.map { Question.Option(order: order, till: $0.key) }
        return settle(options, question.sourceKey, isChosen: false)
    }

    /// One option is a charge or the next thing to ask, several are a question.
    mutating func settle(
        _ options: [Question.Option], _ sourceKey: String, isChosen: Bool
    ) -> Action {
        memory.question = nil
        var options = options
        if options.first?.order?.rail == .rtp {
            let able = options.filter { option in
                tills.first { $0.key == option.till }?.requestTerminalId != nil
            }
            options = able.isEmpty ? Array(options.prefix(1)) : able
        }
        if options.count > 1, let usual = options.first(where: { $0.till == memory.usualTill }) {
            options = [usual]
        }
        if options.count > 1 {
            return ask(Question(kind: .merchant, sourceKey: sourceKey, options: options, now: message.now))
        }
        // A till in a question may have gone while the seller thought about it.
        guard let option = options.first, let order = option.order,
            let till = tills.first(where: { $0.key == option.till })
        else { return say(.choiceGone) }
        return complete(order, till, sourceKey, isChosen: isChosen)
    }

    private mutating func complete(
        _ order: Order, _ till: Till, _ sourceKey: String, isChosen: Bool
    ) -> Action {
        guard let terminalId = till.terminalId(for: order.rail) else {
            guard order.rail == .rtp else { return say(.merchantDisabled, [.merchant: till.merchant.name]) }
            let instead = Order(charge: order.charge).command
            return say(.requestToPayUnavailable, [.merchant: till.merchant.name, .command: instead])
        }
        memory.isGreeted = true
        memory.lastTill = till.key
        var payer: Payer?
        if order.rail == .rtp {
            var order = order
            guard let phone = order.payer?.phone else { return ask(.payerPhone, order, till, sourceKey) }
            let known = payers.first { $0.owner == till.owner && $0.phone == phone }?.name
            guard let name = order.payer?.name ?? known else {
                return ask(.payerName, order, till, sourceKey)
            }
            order.payer = TypedPayer(phone: phone, name: name)
            payer = Payer(phone: phone, name: name)
        }
        let offers = isChosen && memory.usualTill == nil && !memory.isUsualOffered
        if offers { memory.isUsualOffered = true }
        return .charge(
            ChargePlan(
                till: till, terminalId: terminalId, charge: order.charge, rail: order.rail, payer: payer,
                namesMerchant: tills.count > 1, sourceKey: sourceKey, offersUsual: offers))
    }

    private mutating func ask(_ kind: Question.Kind, _ order: Order, _ till: Till, _ sourceKey: String)
        -> Action
    {
        memory.question = Question(
            kind: kind, sourceKey: sourceKey, options: [Question.Option(order: order, till: till.key)],
            now: message.now)
        guard kind == .payerPhone else { return say(.payerNameAsk) }
        return say(.payerPhoneAsk, [.amount: AmountFormat(language).text(order.charge.amount)])
    }

    mutating func askAmount(_ typed: String, _ orders: [Order]) -> Action {
        let till = tills.count == 1 ? tills[0].key : nil
        let options = orders.map { Question.Option(order: $0, till: till) }
        let question = Question(kind: .amount, sourceKey: message.key, options: options, now: message.now)
        memory.question = question
        return .reply(
            QuestionList.content(
                question, body: text(.amountAmbiguous, [.typed: typed]), tills: tills, language))
    }

    private mutating func ask(_ question: Question) -> Action {
        memory.question = question
        return .reply(QuestionList.content(question, body: body(of: question), tills: tills, language))
    }

    private func body(of question: Question) -> String {
        switch question.kind {
        case .merchant:
            let amount = question.order.map { AmountFormat(language).text($0.charge.amount) } ?? ""
            return text(.chooseMerchant, [.amount: amount])
        case .usualMerchant:
            let now = tills.first { $0.key == memory.usualTill }?.merchant.name
            guard let now else { return Catalogue.text(.merchantAskNone, language) }
            return Catalogue.text(.merchantAskNow, language, [.merchant: now])
        case .payment: return QuestionList.bodyOfPayments(question.options.count, language)
        case .amount, .payerPhone, .payerName, .page, .language, .usualOffer: return ""
        }
    }

    /// Another part of a long list; the question stays as open as it was.
    mutating func show(_ question: Question, _ page: Int) -> Action {
        var question = question
        question.page = page
        return ask(question)
    }
}

// MARK: the merchant that is charged for without asking

extension SellerTurn {
    /// `merchant`: choose it, or change it.
    mutating func askUsual() -> Action {
        guard tills.count > 1 else { return say(.merchantOnly, [.merchant: usual.merchant.name]) }
        let options =
            tills.map { Question.Option(order: nil, till: $0.key) }
            + (memory.usualTill == nil ? [] : [Question.Option(order: nil, till: nil)])
        return ask(Question(kind: .usualMerchant, sourceKey: message.key, options: options, now: message.now))
    }

    mutating func keep(_ key: Till.Key) -> Action {
        guard let till = tills.first(where: { $0.key == key }) else { return say(.answerLate) }
        if memory.question?.kind == .usualOffer { memory.question = nil }
        memory.usualTill = key
        memory.lastTill = key
        memory.isUsualOffered = true
        return say(.merchantSet, [.merchant: till.merchant.name])
    }

    mutating func keepAsking() -> Action {
        if memory.question?.kind == .usualOffer { memory.question = nil }
        memory.usualTill = nil
        memory.isUsualOffered = true
        return say(.merchantUnset)
    }
}
