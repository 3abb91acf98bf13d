// The French texts, every key of the catalogue exactly once: the compiler refuses a missing one. The voice
// is polite, short and warm; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func french(_ key: CopyKey) -> String {
        switch key {
        case .example: #"pay 100 "Café" #table5"#
        case .greeting:
            """
            Bonjour\u{A0}! Votre numéro est enregistré chez {merchant}\u{A0}: vous pouvez encaisser \
            directement dans cette conversation.

            Écrivez un montant et je vous envoie le lien de paiement\u{A0}:
            {example}

            La description et le #repère sont facultatifs. Pour changer de langue\u{A0}: /lang.
            """
        case .unknownSeller:
            """
            Bonjour\u{A0}! Ce numéro n’est enregistré comme vendeur auprès d’aucune banque \
            partenaire, je ne peux donc pas créer de lien de paiement. Demandez à votre banque ou à \
            l’administrateur du magasin d’ajouter votre numéro, puis écrivez-moi à nouveau.
            """
        case .sellerBlocked:
            """
            Votre accès à l’encaissement a été suspendu par {bank}. Veuillez contacter la banque.
            """
        case .merchantDisabled:
            """
            Les encaissements pour {merchant} sont désactivés pour le moment. Veuillez contacter la \
            banque.
            """
        case .phoneHidden:
            """
            Je ne vois pas votre numéro de téléphone, et c’est par lui que la banque vous reconnaît. \
            Autorisez cette conversation à le voir dans WhatsApp, ou écrivez depuis le numéro \
            enregistré à la banque.
            """
        case .teaching:
            """
            Je n’ai pas compris. Pour obtenir un lien de paiement, écrivez un montant, par \
            exemple\u{A0}:
            {example}

            En savoir plus\u{A0}: aide
            """
        case .help:
            """
            Pour encaisser, du plus court au plus complet\u{A0}:
            100
            payer 100
            {example}

            Le montant peut avoir des décimales\u{A0}: 100,50. La description et le #repère \
            apparaissent dans le portail marchand.

            Et aussi\u{A0}:
            statut – où en est le dernier paiement
            aujourd’hui – ce qui a été payé aujourd’hui
            liste – les derniers paiements
            annuler – retirer un paiement
            renvoyer – le lien encore une fois
            exporter – ce mois dans un fichier
            rtp 100 069123456 – une demande sur le téléphone du client
            commerçant – pour qui vous encaissez
            langue – le choix de la langue

            Pour un paiement précis, répondez à son message.
            """
        case .welcome: "De rien\u{A0}!"
        case .textOnly:
            """
            Je ne lis que les messages texte. Écrivez un montant, par exemple\u{A0}:
            {example}
            """
        case .amountMissing:
            """
            Écrivez d’abord le montant, par exemple\u{A0}:
            {example}
            """
        case .amountUnreadable:
            """
            Je n’ai pas pu lire le montant. Écrivez-le simplement\u{A0}: 100 ou 100,50. Par \
            exemple\u{A0}:
            {example}
            """
        case .amountInParts:
            """
            Écrivez le montant en {currency}, les centimes après la virgule\u{A0}: 1 ou 1,50.
            """
        case .amountZero: "Le montant doit être supérieur à zéro."
        case .amountNegative: "Le montant ne peut pas être négatif. Écrivez-le sans le signe moins."
        case .amountTooManyDecimals:
            """
            Trop de décimales. Chiffres après la virgule pour {currency}\u{A0}: {digits} au plus.
            """
        case .amountTooLarge: "Le montant est trop élevé pour un seul paiement."
        case .amountOverLimit: "Le montant dépasse votre limite de {limit} par paiement."
        case .amountAmbiguous:
            """
            Le montant «\u{A0}{typed}\u{A0}» peut se lire de plusieurs façons. Choisissez le montant \
            ou réécrivez-le sans séparateur de milliers.
            """
        case .amountAmbiguousButton: "Choisir le montant"
        case .currencyOther:
            """
            J’encaisse uniquement en {currency}. Écrivez le montant en {currency}, sans autre \
            devise.
            """
        case .descriptionTooLong:
            """
            La description est trop longue. Nombre maximal de caractères\u{A0}: {limit}.
            """
        case .tagTooLong: "Le repère est trop long. Nombre maximal de caractères\u{A0}: {limit}."
        case .severalTags: "Utilisez un seul #repère par paiement."
        case .requestToPayUnavailable:
            """
            La demande de paiement n’est pas disponible pour {merchant}. Un lien de paiement \
            fonctionne\u{A0}: {command}
            """
        case .requestIncomplete:
            """
            Pour une demande de paiement, écrivez le montant et le téléphone du client, par \
            exemple\u{A0}:
            /rtp 100 069123456 Ion Rusu
            """
        case .payerPhoneUnreadable:
            """
            Je n’ai pas pu lire le téléphone du client. Après +373, ou après le 0, il compte huit \
            chiffres\u{A0}: 069123456 ou +373 69 123 456.
            """
        case .payerPhoneForeign:
            """
            Une demande de paiement n’arrive que sur les téléphones moldaves (+373). Aux autres \
            clients, envoyez un lien\u{A0}: écrivez seulement le montant.
            """
        case .payerNameTooLong:
            """
            Le nom du client est trop long. Nombre maximal de caractères\u{A0}: {limit}.
            """
        case .referenceUnreadable:
            """
            Quel paiement\u{A0}? Répondez à son message avec le même mot, ou ajoutez les six \
            caractères de sa référence, par exemple\u{A0}: statut K7M2QX
            """
        case .listUnreadable:
            """
            Écrivez ainsi\u{A0}: liste, liste #café, ou liste 2 pour la deuxième page.
            """
        case .spanUnreadable:
            """
            Je n’ai pas reconnu la période. Par exemple\u{A0}:
            export
            export aujourd’hui
            export 2026-11
            export 1.11-15.11
            """
        case .amountInWords:
            """
            Écrivez s’il vous plaît tout le montant en chiffres, par exemple\u{A0}:
            {example}
            """
        case .phoneAlone:
            """
            Cela ressemble à un numéro de téléphone. Pour lui envoyer une demande de paiement, \
            mettez d’abord le montant\u{A0}:
            {command}

            Si c’est un montant, écrivez {currency} à la suite.
            """
        case .amountNotFirst:
            """
            Pour un lien de paiement, écrivez d’abord le montant, comme ceci\u{A0}:
            {command}
            """
        case .refundByBank:
            """
            {bank} ne propose pas de remboursement dans cette conversation. Rendez l’argent par la banque.
            """
        case .bankSilent:
            """
            La banque ne répond pas pour le moment, aucun lien n’a donc été créé. Réessayez dans une \
            minute.
            """
        case .bankRefused:
            """
            La banque n’a pas accepté ce paiement, il n’y a donc pas de lien. Vérifiez le montant ou \
            contactez la banque.
            """
        case .tryAgain:
            """
            Un problème est survenu de notre côté. Si vous n’avez pas reçu le lien, merci de \
            renvoyer le montant.
            """
        case .linkForward: "Envoyez le lien à votre client."
        case .linkForwardUntil: "Envoyez le lien à votre client. Il est valable pendant {minutes}."
        case .linkForwardSoon:
            "Envoyez tout de suite le lien à votre client. Il est valable moins d’une minute."
        case .linkButton: "Ouvrir le paiement"
        case .minutesOne: "{count} minute"
        case .minutesFew: "{count} minutes"
        case .minutesMany: "{count} de minutes"
        case .minutesOther: "{count} minutes"
        case .chooseMerchant: "Pour quel commerçant encaissez-vous {amount}\u{A0}?"
        case .chooseMerchantButton: "Choisir"
        case .chooseTapOrNumber: "Touchez la liste ou répondez par un numéro."
        case .choiceGone: "Ce choix n’est plus valable. Veuillez renvoyer le montant."
        case .languageAsk: "Dans quelle langue continuons-nous\u{A0}?"
        case .languageButton: "Langue"
        case .languageChanged: "C’est fait, nous continuons en français."
        case .receiptPaid: "Payé"
        case .receiptPaidLate: "Payé après la clôture du lien"
        case .receiptPaidAgain: "Payé une seconde fois"
        case .receiptPaidAgainAdvice:
            """
            Ce paiement avait déjà été reçu\u{A0}: remboursez au client la somme en trop.
            """
        case .receiptRenew: "Nouveau lien"
        case .severalPaidOne: "Payé · {count} paiement · {amount}"
        case .severalPaidFew: "Payé · {count} paiements · {amount}"
        case .severalPaidMany: "Payé · {count} de paiements · {amount}"
        case .severalPaidOther: "Payé · {count} paiements · {amount}"
        case .receiptFailed: "Échec du paiement"
        case .receiptDeclined: "Paiement refusé"
        case .receiptExpired: "Lien expiré"
        case .receiptCancelled: "Paiement annulé"
        case .receiptRefunded: "Remboursé"
        case .receiptPartlyRefunded: "Remboursé en partie"
        case .receiptRetry:
            """
            Pour un nouveau lien, écrivez\u{A0}:
            {command}
            """
        case .templatePaid:
            """
            Le paiement de {amount} a été reçu le {time}. Référence\u{A0}: {reference}. Bonne \
            journée\u{A0}!
            """
        case .templateFailed:
            """
            Le paiement de {amount} a échoué le {time}. Référence\u{A0}: {reference}. Pour un \
            nouveau lien, écrivez le montant dans cette conversation.
            """
        case .templateDeclined:
            """
            Le paiement de {amount} a été refusé le {time}. Référence\u{A0}: {reference}. Pour un \
            nouveau lien, écrivez le montant dans cette conversation.
            """
        case .templateExpired:
            """
            Le lien de paiement de {amount} a expiré le {time}. Référence\u{A0}: {reference}. Pour \
            un nouveau lien, écrivez le montant dans cette conversation.
            """
        case .templatePaidSpare:
            """
            Vous avez reçu {amount} le {time} par votre lien de paiement. Référence\u{A0}: \
            {reference}. Merci\u{A0}!
            """
        case .templateFailedSpare:
            """
            La tentative de paiement de {amount} du {time} n’a pas abouti. Référence\u{A0}: \
            {reference}. Aucune somme n’a été reçue.
            """
        case .templateDeclinedSpare:
            """
            Le client ou la banque a refusé {amount} le {time}. Référence\u{A0}: {reference}. \
            Aucune somme n’a été reçue.
            """
        case .templateExpiredSpare:
            """
            Le délai pour payer {amount} par votre lien a pris fin le {time}. Référence\u{A0}: \
            {reference}. Aucune somme n’a été reçue.
            """
        }
    }
}
