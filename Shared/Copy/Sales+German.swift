// The German texts of `SaleKey`, every key exactly once: the compiler refuses a missing one. The voice is that of the
// catalogue's first half; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func german(_ key: SaleKey) -> String {
        switch key {
        case .identityConfirmed:
            """
            {bank} hat Ihre Nummer bestätigt. Was Sie davor geschrieben haben, wurde nicht ausgeführt; \
            wenn Sie es noch brauchen, senden Sie es bitte erneut.
            """
        case .identitySuspended:
            """
            WhatsApp meldet, dass diese Nummer oder ihr Telefon gewechselt hat. Zum Schutz Ihres \
            Geldes ruhen hier die Zahlungen, bis {bank} Ihre Nummer neu bestätigt. Bitte wenden Sie \
            sich an die Bank.
            """
        case .paymentNone:
            """
            Sie haben noch keine Zahlungen. Senden Sie einen Betrag, und ich antworte mit einem \
            Zahlungslink.
            """
        case .referenceUnknown:
            """
            Ich habe keine Zahlung von Ihnen mit der Referenz {reference} gefunden. Sie steht in den \
            Antworten auf Status und Liste.
            """
        case .choosePayment: "Diese Nachricht nennt {count}. Welche ist gemeint?"
        case .bubbleUnknown:
            """
            Diese Nachricht betrifft keine Ihrer Zahlungen. Antworten Sie auf die Nachricht mit dem \
            Link oder ergänzen Sie die Referenz, zum Beispiel: Status K7M2QX
            """
        case .statusOpen: "Wartet auf Zahlung"
        case .statusPending: "Wird gerade bezahlt"
        case .statusPreparing: "In Vorbereitung"
        case .statusUncertain: "Noch keine Antwort der Bank"
        case .openNote:
            """
            Der Kunde hat noch nicht bezahlt. Die Bestätigung kommt von selbst in diesen Chat.
            """
        case .openUntilNote: "Der Kunde hat noch nicht bezahlt und kann das bis {time} tun."
        case .pendingNote:
            """
            Der Kunde hat bestätigt, die Bank überweist gerade. Die Bestätigung kommt von selbst.
            """
        case .preparingNote: "Ich warte noch auf die Bank. Bitte fragen Sie in einer Minute noch einmal."
        case .uncertainNote:
            """
            Die Antwort der Bank ging unterwegs verloren. Ich frage weiter nach und sage Ihnen, wie \
            es ausgeht.
            """
        case .requestUncertainNote:
            """
            Die Antwort der Bank ging verloren: Die Anforderung ist vielleicht auf dem Telefon des \
            Kunden, vielleicht nicht. Ich sende sie nicht zweimal: Bitte fragen Sie den Kunden. Ich \
            sage Ihnen, wie es ausgeht.
            """
        case .renewNote:
            """
            Die Schaltfläche erzeugt einen neuen Link für dieselbe Bestellung. Sie gilt einmal, eine \
            Woche lang.
            """
        case .cancelDone:
            """
            Hat der Kunde die Zahlungsseite schon offen, kann die Zahlung noch gelingen; dann melde \
            ich mich sofort.
            """
        case .cancelPaid:
            """
            Sie ist schon bezahlt und kann nicht mehr storniert werden. Erstattungen laufen über die \
            Bank.
            """
        case .cancelMoving:
            """
            Das Geld ist vielleicht schon unterwegs, deshalb kann ich nicht stornieren. Die \
            Bestätigung kommt von selbst.
            """
        case .cancelEnded: "Sie ist bereits beendet; es gibt nichts mehr zu stornieren."
        case .cancelUncertain:
            """
            Die Bank hat zu dieser Zahlung noch nicht geantwortet, deshalb kann ich sie jetzt nicht \
            stornieren. Bitte versuchen Sie es in einer Minute noch einmal.
            """
        case .cancelNotOffered:
            """
            Die Bank kann diese Zahlung nicht zurücknehmen; sie verfällt von selbst. Geben Sie den \
            Link einfach nicht weiter.
            """
        case .resendPaid: "Sie ist bezahlt, es gibt keinen Link mehr zu senden."
        case .resendRequest:
            """
            Eine Zahlungsanforderung wird einmal gesendet; sie wartet in der Bank-App des Kunden.
            """
        case .renewSpent:
            """
            Diese Schaltfläche gilt einmal und wurde schon benutzt; was daraus wurde, steht weiter \
            unten im Chat.
            """
        case .renewNotMade:
            """
            Die Bank antwortet gerade nicht, die Schaltfläche hat deshalb nichts erstellt. Bitte \
            schreiben Sie die Zahlung in einer Minute noch einmal.
            """
        case .renewRefused:
            """
            Die Bank hat diese Zahlung nicht angenommen, es wurde deshalb nichts Neues erstellt. \
            Prüfen Sie den Betrag oder wenden Sie sich an die Bank.
            """
        case .renewExpired:
            """
            Diese Schaltfläche galt eine Woche, die vorbei ist. Es wurde nichts kassiert; senden Sie \
            den Betrag für einen neuen Link.
            """
        case .renewUnknown:
            """
            Diese Schaltfläche gehört zu keiner Ihrer Zahlungen. Es wurde nichts kassiert; senden \
            Sie den Betrag für einen neuen Link.
            """
        case .orderPaid: "Die Bestellung wurde über einen anderen Link bezahlt, ein neuer ist nicht nötig."
        case .renewNotEnded:
            """
            Diese Zahlung ist noch offen oder inzwischen bezahlt; ein zweiter Link ist nicht nötig. \
            Siehe: status
            """
        case .paymentsOne: "{count} Zahlung"
        case .paymentsFew: "{count} Zahlungen"
        case .paymentsMany: "{count} Zahlungen"
        case .paymentsOther: "{count} Zahlungen"
        case .todayTotal: "Heute eingenommen, {date}:"
        case .todayNone: "Heute, {date}, wurde noch nichts bezahlt."
        case .untagged: "ohne Tag"
        case .listLatest: "Letzte Zahlungen:"
        case .listNone: "Keine Zahlungen vorhanden."
        case .listMore: "Für ältere tippen Sie auf die Schaltfläche oder schreiben Sie: mehr"
        case .moreButton: "Mehr"
        case .exportNone: "In diesem Zeitraum gibt es keine Zahlungen: {date}."
        case .exportTooLarge:
            """
            Zu viele Zahlungen für ein Dokument. Nehmen Sie einen kürzeren Zeitraum, zum Beispiel: \
            Export heute
            """
        case .merchantAskNone:
            """
            Für welchen Händler soll ich immer kassieren? Zurzeit frage ich jedes Mal, wenn es eine \
            Wahl gibt.
            """
        case .merchantAskNow:
            """
            Ich kassiere für {merchant}, ohne zu fragen. Welcher Händler soll es künftig sein?
            """
        case .merchantEach: "Jedes Mal fragen"
        case .merchantSet:
            """
            Fertig: Jede Zahlung ist ab jetzt für {merchant}. Zum Ändern senden Sie: Händler
            """
        case .merchantUnset: "Fertig: Ich frage künftig, für welchen Händler eine Zahlung ist."
        case .merchantOnly:
            """
            Sie kassieren für einen einzigen Händler: {merchant}. Es gibt nichts zu wählen.
            """
        case .keepOffer:
            """
            Soll jede Zahlung ohne Rückfrage für {merchant} sein? Ändern können Sie das jederzeit \
            mit: Händler
            """
        case .keepButton: "Immer dieser"
        case .choiceLate:
            """
            Die Frage war zehn Minuten offen, Ihre Antwort hat daher nichts kassiert. Wenn Sie es \
            noch brauchen, senden Sie:
            {command}
            """
        case .answerLate:
            """
            Diese Frage ist geschlossen; nichts wurde geändert oder kassiert. Bitte senden Sie den \
            Befehl noch einmal.
            """
        case .orderDropped: "Verworfen: Es wurde nichts kassiert und kein Link erstellt."
        case .requestDropped: "Verworfen: Es wurde nichts kassiert und keine Anforderung gesendet."
        case .bankSilentNow:
            """
            Die Bank antwortet gerade nicht, deshalb geht das jetzt nicht. Bitte versuchen Sie es in \
            einer Minute noch einmal.
            """
        case .linkOver:
            """
            Diese Zahlung ist inzwischen beendet, ihr Link wird deshalb nicht mehr gesendet. Wie sie \
            endete: status {reference}
            """
        case .linkGone:
            """
            Der Link ist gerade abgelaufen, es gibt nichts mehr zu senden. Wie er endete, erfahren \
            Sie gleich mit: status {reference}
            """
        case .troubled:
            """
            Bei uns ist etwas schiefgegangen. Bevor Sie es noch einmal senden, sehen Sie bitte nach: \
            status
            """
        case .afterAll:
            """
            Es hat doch noch geklappt: Es gilt diese Antwort und nicht die vorige. Sie brauchen \
            nichts noch einmal zu senden.
            """
        case .holdsNow:
            """
            Inzwischen steht es anders: Es gilt diese Antwort und nicht die vorige.
            """
        case .payerPhoneAsk:
            """
            An wessen Telefon geht die Anforderung über {amount}? Senden Sie die Nummer des Kunden, \
            zum Beispiel: 069123456
            """
        case .payerNameAsk: "Und der Name des Kunden, bitte? Ich merke ihn mir für dieses Telefon."
        case .requestSent:
            """
            {payer} kann jetzt in der Bank-App bestätigen. Die Bestätigung kommt von selbst in \
            diesen Chat.
            """
        case .requestUncertain:
            """
            Die Antwort der Bank ging verloren: Die Anforderung ist auf dem Telefon von {payer} oder \
            auch nicht. Ich sende sie nicht zweimal: Bitte fragen Sie nach und warten Sie das \
            Ergebnis ab, ich melde es.
            """
        case .receiptRequestExpired: "Anforderung abgelaufen"
        case .receiptRequestPaidLate: "Nach Ende der Anforderung bezahlt"
        case .requestRenewButton: "Neue Anforderung"
        case .requestRenewNote:
            """
            Die Schaltfläche sendet eine neue Anforderung an dasselbe Telefon. Sie gilt einmal, eine \
            Woche lang.
            """
        case .requestRetry:
            """
            Für eine neue Anforderung schreiben Sie:
            {command}
            """
        case .requestSentAgain:
            """
            Die Anforderung ist wieder auf demselben Telefon: Der Kunde kann in der Bank-App \
            bestätigen. Die Bestätigung kommt von selbst in diesen Chat.
            """
        case .cancelDoneRequest: "Bestätigt der Kunde die Anforderung trotzdem, sage ich es Ihnen sofort."
        case .requestNotSent:
            """
            Die Bank antwortet gerade nicht, die Anforderung wurde nicht gesendet. Bitte versuchen \
            Sie es in einer Minute noch einmal.
            """
        case .requestRefused:
            """
            Die Bank hat diese Anforderung nicht angenommen, der Kunde hat sie nicht erhalten. \
            Prüfen Sie Betrag und Telefonnummer oder wenden Sie sich an die Bank.
            """
        case .limitPerDay:
            """
            Diese Zahlung würde das Limit von {limit} am Tag überschreiten. Morgen beginnt es neu; \
            die Bank kann es anheben.
            """
        case .limitReached:
            """
            Das Limit der Bank für {merchant} lässt diese Zahlung nicht zu. Die Bank kann es \
            anheben.
            """
        case .sellerTooFast:
            """
            Das waren viele Zahlungen in kurzer Zeit, ich mache eine Pause. Bitte senden Sie es in \
            {minutes} noch einmal.
            """
        case .merchantTooFast:
            """
            {merchant} stellt gerade sehr viele Zahlungen aus. Bitte senden Sie es in {minutes} noch \
            einmal.
            """
        }
    }
}
