// The keys of what is said about payments already asked for, requests to pay, choices and trust: the second half of the
// catalogue, apart because a file holds only so much. A test refuses a key that nothing uses.

/// What can be said once a seller is charging. Each language file has one text for each.
package enum SaleKey: String, CaseIterable, Sendable, Hashable {
    // Whether this is still the person whom the bank knows.
    case identitySuspended, identityConfirmed
    // Which payment is meant.
    case paymentNone, referenceUnknown, bubbleUnknown, choosePayment
    // How a payment stands: first words of its line, then what that means.
    case statusOpen, statusPending, statusPreparing, statusUncertain, openNote, openUntilNote,
        pendingNote, preparingNote, uncertainNote, requestUncertainNote, renewNote
    // Taking a payment back.
    case cancelDone, cancelPaid, cancelMoving, cancelEnded, cancelUncertain, cancelNotOffered
    // Showing a link once more, or making a fresh one.
    case resendPaid, resendRequest, renewSpent, renewExpired, renewUnknown, renewNotEnded,
        renewNotMade, renewRefused, orderPaid
    // Counting and listing.
    case paymentsOne, paymentsFew, paymentsMany, paymentsOther, todayTotal, todayNone, untagged,
        listLatest, listNone, listMore, moreButton
    // A document of payments.
    case exportNone, exportTooLarge
    // Which merchant is charged for.
    case merchantAskNone, merchantAskNow, merchantEach, merchantSet, merchantUnset, merchantOnly,
        keepOffer, keepButton
    // An answer that came too late for its question.
    case choiceLate, answerLate, orderDropped, requestDropped, linkGone, linkOver
    // When nothing helped; and when what did not at first did later.
    case troubled, afterAll, holdsNow, bankSilentNow
    // A request to pay.
    case payerPhoneAsk, payerNameAsk, requestSent, requestSentAgain, requestNotSent, requestRefused,
        requestUncertain, cancelDoneRequest,
        receiptRequestExpired, receiptRequestPaidLate, requestRenewButton, requestRenewNote, requestRetry
    // Limits and pace, as the gateway keeps them.
    case limitPerDay, limitReached, sellerTooFast, merchantTooFast
}
