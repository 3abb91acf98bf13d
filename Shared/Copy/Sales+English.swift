// The English texts of `SaleKey`, every key exactly once: the compiler refuses a missing one. The voice is that of the
// catalogue's first half; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func english(_ key: SaleKey) -> String {
        switch key {
        case .identityConfirmed:
            """
            {bank} has confirmed your number. What you wrote before that was not carried out; if you \
            still need it, please send it again.
            """
        case .identitySuspended:
            """
            WhatsApp reports that this number or its phone has changed. To protect your money, \
            payments are paused here until {bank} confirms your number again. Please contact the \
            bank.
            """
        case .paymentNone: "You have no payments yet. Send an amount and I will reply with a payment link."
        case .referenceUnknown:
            """
            I found no payment of yours with the reference {reference}. It is in the answers to \
            status and list.
            """
        case .choosePayment: "This message speaks of {count}. Which one do you mean?"
        case .bubbleUnknown:
            """
            That message is not about one of your payments. Reply to the message with the link, or \
            add the reference, for example: status K7M2QX
            """
        case .statusOpen: "Waiting for payment"
        case .statusPending: "Being paid"
        case .statusPreparing: "Being prepared"
        case .statusUncertain: "No answer from the bank yet"
        case .openNote: "The customer has not paid yet. The receipt comes to this chat by itself."
        case .openUntilNote: "The customer has not paid yet and can do so until {time}."
        case .pendingNote:
            """
            The customer has confirmed and the bank is moving the money. The receipt comes by \
            itself.
            """
        case .preparingNote: "I am still waiting for the bank. Please ask again in a minute."
        case .uncertainNote:
            """
            The bank’s answer was lost on the way. I keep asking and will tell you how it ends.
            """
        case .requestUncertainNote:
            """
            The bank’s answer was lost, so the request may or may not be on the customer’s phone. I \
            do not send it twice: please ask the customer. I will tell you how it ends.
            """
        case .renewNote:
            """
            The button makes a fresh link for the same order. It works once, within a week.
            """
        case .cancelDone:
            """
            If the customer has the payment page open already, paying may still work; then I will \
            tell you at once.
            """
        case .cancelPaid:
            """
            It has been paid already, so it cannot be cancelled. Money is given back through the \
            bank.
            """
        case .cancelMoving:
            """
            The money may be moving right now, so I cannot cancel it. The receipt comes by itself.
            """
        case .cancelEnded: "It has ended already; there is nothing left to cancel."
        case .cancelUncertain:
            """
            The bank has not answered about this payment yet, so I cannot cancel it now. Please try \
            again in a minute.
            """
        case .cancelNotOffered:
            """
            The bank cannot take this payment back; it expires by itself. Just do not pass the link \
            on.
            """
        case .resendPaid: "It has been paid, so there is no link to send any more."
        case .resendRequest: "A request to pay is sent once; it waits in the customer’s bank app."
        case .renewSpent:
            """
            This button works once and has been used already; what came of it is further down in \
            this chat.
            """
        case .renewNotMade:
            """
            The bank is not answering right now, so the button has made nothing. Please write the \
            payment again in a minute.
            """
        case .renewRefused:
            """
            The bank did not accept this payment, so nothing new was made. Check the amount or \
            contact the bank.
            """
        case .renewExpired:
            """
            This button was good for a week, which is over. Nothing was charged; send the amount for \
            a new link.
            """
        case .renewUnknown:
            """
            This button belongs to none of your payments. Nothing was charged; send the amount for a \
            new link.
            """
        case .orderPaid: "The order was paid through another of its links, so no fresh one is needed."
        case .renewNotEnded:
            """
            That payment can still be paid, or has been paid since; a second link is not needed. \
            See: status
            """
        case .paymentsOne: "{count} payment"
        case .paymentsFew: "{count} payments"
        case .paymentsMany: "{count} payments"
        case .paymentsOther: "{count} payments"
        case .todayTotal: "Received today, {date}:"
        case .todayNone: "Nothing has been paid yet today, {date}."
        case .untagged: "without a tag"
        case .listLatest: "Latest payments:"
        case .listNone: "There are no payments to show."
        case .listMore: "For older ones tap the button or write: more"
        case .moreButton: "More"
        case .exportNone: "There are no payments in this period: {date}."
        case .exportTooLarge:
            """
            Too many payments for one document. Please take a shorter period, for example: export \
            today
            """
        case .merchantAskNone:
            """
            Which merchant shall I always charge for? At present I ask every time there is a choice.
            """
        case .merchantAskNow:
            """
            I charge for {merchant} without asking. Which merchant shall it be from now on?
            """
        case .merchantEach: "Ask every time"
        case .merchantSet:
            """
            Done: every payment is for {merchant} from now on. To change it, send: merchant
            """
        case .merchantUnset: "Done: I will ask which merchant a payment is for."
        case .merchantOnly: "You charge for one merchant: {merchant}. There is nothing to choose."
        case .keepOffer:
            """
            Shall every payment be for {merchant}, without my asking? You can change it at any time \
            with: merchant
            """
        case .keepButton: "Always this one"
        case .choiceLate:
            """
            That question was open for ten minutes, so your answer charged nothing. If you still \
            need it, send:
            {command}
            """
        case .answerLate:
            """
            That question is closed; nothing was changed and nothing charged. Please send the \
            command again.
            """
        case .orderDropped: "Given up: nothing was charged and no link was made."
        case .requestDropped: "Given up: nothing was charged and no request was sent."
        case .bankSilentNow:
            """
            The bank is not answering right now, so I cannot do that. Please try again in a minute.
            """
        case .linkOver:
            """
            This payment has ended meanwhile, so its link is not sent. How it ended: status {reference}
            """
        case .linkGone:
            """
            The link has just run out, so there is nothing to send again. In a moment you can ask \
            how it ended: status {reference}
            """
        case .troubled:
            """
            Something went wrong on our side. Before you send it again, please see what became of \
            it: status
            """
        case .afterAll:
            """
            It worked after all: this holds now, and not what I answered before. There is no need to \
            send it again.
            """
        case .holdsNow:
            """
            Things have changed since: this holds now, and not what I answered before.
            """
        case .payerPhoneAsk:
            """
            Whose phone shall the request for {amount} go to? Send the customer’s number, for \
            example: 069123456
            """
        case .payerNameAsk: "And the customer’s name, please? I will remember it for this phone."
        case .requestSent:
            """
            {payer} can now confirm in the bank app. The receipt comes to this chat by itself.
            """
        case .requestUncertain:
            """
            The bank’s answer was lost, so the request may be on the phone of {payer} or not. I do \
            not send it twice: please ask, and wait for how it ends, which I will tell you.
            """
        case .receiptRequestExpired: "Request expired"
        case .receiptRequestPaidLate: "Paid after the request had closed"
        case .requestRenewButton: "New request"
        case .requestRenewNote:
            """
            The button sends a new request to the same phone. It works once, within a week.
            """
        case .requestRetry:
            """
            For a new request, send:
            {command}
            """
        case .requestSentAgain:
            """
            The request is on the same phone again: the customer can confirm in the bank app. The \
            receipt comes to this chat by itself.
            """
        case .cancelDoneRequest: "If the customer confirms the request all the same, I will tell you at once."
        case .requestNotSent:
            """
            The bank is not answering right now, so the request was not sent. Please try again in a \
            minute.
            """
        case .requestRefused:
            """
            The bank did not accept this request, so the customer has not received it. Check the \
            amount and the phone, or contact the bank.
            """
        case .limitPerDay:
            """
            This payment would pass the limit of {limit} a day. It starts anew tomorrow; the bank \
            can raise it.
            """
        case .limitReached:
            """
            The bank’s limit for {merchant} does not allow this payment. The bank can raise it.
            """
        case .sellerTooFast:
            """
            That was many payments in a short time, so I am pausing. Please send it again in \
            {minutes}.
            """
        case .merchantTooFast:
            """
            {merchant} is making very many payments at the moment. Please send it again in \
            {minutes}.
            """
        }
    }
}
