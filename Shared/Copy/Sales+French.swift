// The French texts of `SaleKey`, every key exactly once: the compiler refuses a missing one. The voice is that of the
// catalogue's first half; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func french(_ key: SaleKey) -> String {
        switch key {
        case .identityConfirmed:
            """
            {bank} a confirmé votre numéro. Ce que vous aviez écrit avant n’a pas été exécuté ; si vous en \
            avez encore besoin, renvoyez-le.
            """
        case .identitySuspended:
            """
            WhatsApp signale que ce numéro ou son téléphone a changé. Pour protéger votre argent, \
            les paiements sont suspendus ici jusqu’à ce que {bank} confirme de nouveau votre numéro. \
            Veuillez contacter la banque.
            """
        case .paymentNone:
            """
            Vous n’avez encore aucun paiement. Envoyez un montant et je réponds par un lien de \
            paiement.
            """
        case .referenceUnknown:
            """
            Je n’ai trouvé aucun de vos paiements avec la référence {reference}. Elle figure dans \
            les réponses à statut et liste.
            """
        case .choosePayment: "Ce message parle de {count}. Lequel ?"
        case .bubbleUnknown:
            """
            Ce message ne concerne aucun de vos paiements. Répondez au message qui contient le lien, \
            ou ajoutez la référence, par exemple : statut K7M2QX
            """
        case .statusOpen: "En attente de paiement"
        case .statusPending: "Paiement en cours"
        case .statusPreparing: "En préparation"
        case .statusUncertain: "Pas encore de réponse de la banque"
        case .openNote:
            """
            Le client n’a pas encore payé. La confirmation arrive d’elle-même dans cette \
            conversation.
            """
        case .openUntilNote: "Le client n’a pas encore payé ; il peut le faire jusqu’à {time}."
        case .pendingNote:
            """
            Le client a confirmé et la banque transfère l’argent. La confirmation arrive \
            d’elle-même.
            """
        case .preparingNote: "J’attends encore la banque. Redemandez dans une minute, s’il vous plaît."
        case .uncertainNote:
            """
            La réponse de la banque s’est perdue en route. Je continue de demander et vous dirai \
            comment cela se termine.
            """
        case .requestUncertainNote:
            """
            La réponse de la banque s’est perdue : la demande est peut-être sur le téléphone du \
            client, peut-être pas. Je ne l’envoie pas deux fois : demandez au client. Je vous dirai \
            comment cela se termine.
            """
        case .renewNote:
            """
            Le bouton crée un nouveau lien pour la même commande. Il fonctionne une seule fois, \
            pendant une semaine.
            """
        case .cancelDone:
            """
            Si le client a déjà la page de paiement ouverte, il pourra peut-être encore payer ; je \
            vous préviendrai alors aussitôt.
            """
        case .cancelPaid:
            """
            Il est déjà payé et ne peut plus être annulé. Le remboursement passe par la banque.
            """
        case .cancelMoving:
            """
            L’argent est peut-être déjà en route, je ne peux donc pas annuler. La confirmation \
            arrive d’elle-même.
            """
        case .cancelEnded: "Il est déjà terminé ; il n’y a plus rien à annuler."
        case .cancelUncertain:
            """
            La banque n’a pas encore répondu au sujet de ce paiement, je ne peux donc pas l’annuler \
            maintenant. Réessayez dans une minute.
            """
        case .cancelNotOffered:
            """
            La banque ne peut pas retirer ce paiement ; il expire de lui-même. Ne transmettez \
            simplement pas le lien.
            """
        case .resendPaid: "Il est payé, il n’y a donc plus de lien à envoyer."
        case .resendRequest:
            """
            Une demande de paiement n’est envoyée qu’une fois ; elle attend dans l’application \
            bancaire du client.
            """
        case .renewSpent:
            """
            Ce bouton ne sert qu’une fois et a déjà été utilisé ; le résultat se trouve plus bas \
            dans cette conversation.
            """
        case .renewNotMade:
            """
            La banque ne répond pas pour le moment, le bouton n’a donc rien créé. Écrivez de nouveau \
            le paiement dans une minute.
            """
        case .renewRefused:
            """
            La banque n’a pas accepté ce paiement, rien de nouveau n’a donc été créé. Vérifiez le \
            montant ou contactez la banque.
            """
        case .renewExpired:
            """
            Ce bouton était valable une semaine, désormais écoulée. Rien n’a été encaissé ; envoyez \
            le montant pour un nouveau lien.
            """
        case .renewUnknown:
            """
            Ce bouton ne correspond à aucun de vos paiements. Rien n’a été encaissé ; envoyez le \
            montant pour un nouveau lien.
            """
        case .orderPaid: "La commande a été payée par un autre lien, il n’en faut donc pas de nouveau."
        case .renewNotEnded:
            """
            Ce paiement peut encore être réglé, ou l’a été depuis ; un second lien est inutile. \
            Voyez : status
            """
        case .paymentsOne: "{count} paiement"
        case .paymentsFew: "{count} paiements"
        case .paymentsMany: "{count} de paiements"
        case .paymentsOther: "{count} paiements"
        case .todayTotal: "Encaissé aujourd’hui, {date} :"
        case .todayNone: "Aujourd’hui, {date}, rien n’a encore été payé."
        case .untagged: "sans étiquette"
        case .listLatest: "Derniers paiements :"
        case .listNone: "Aucun paiement à afficher."
        case .listMore: "Pour les plus anciens, touchez le bouton ou écrivez : suite"
        case .moreButton: "Suite"
        case .exportNone: "Aucun paiement dans cette période : {date}."
        case .exportTooLarge:
            """
            Trop de paiements pour un seul document. Prenez une période plus courte, par exemple : \
            exporter aujourd’hui
            """
        case .merchantAskNone:
            """
            Pour quel commerçant dois-je toujours encaisser ? Pour l’instant, je demande chaque fois \
            qu’il y a un choix.
            """
        case .merchantAskNow: "J’encaisse pour {merchant} sans demander. Quel commerçant désormais ?"
        case .merchantEach: "Toujours demander"
        case .merchantSet:
            """
            C’est fait : désormais, chaque paiement est pour {merchant}. Pour changer, envoyez : \
            commerçant
            """
        case .merchantUnset: "C’est fait : je demanderai pour quel commerçant est le paiement."
        case .merchantOnly: "Vous encaissez pour un seul commerçant : {merchant}. Il n’y a rien à choisir."
        case .keepOffer:
            """
            Chaque paiement doit-il être pour {merchant}, sans que je demande ? Modifiable à tout \
            moment avec : commerçant
            """
        case .keepButton: "Toujours celui-ci"
        case .choiceLate:
            """
            La question est restée ouverte dix minutes ; votre réponse n’a donc rien encaissé. Si \
            c’est encore utile, envoyez :
            {command}
            """
        case .answerLate:
            """
            Cette question est close ; rien n’a été modifié ni encaissé. Renvoyez la commande.
            """
        case .orderDropped: "Abandonné : rien n’a été encaissé et aucun lien n’a été créé."
        case .requestDropped: "Abandonné : rien n’a été encaissé et aucune demande n’a été envoyée."
        case .bankSilentNow:
            """
            La banque ne répond pas pour le moment, je ne peux donc pas faire cela. Réessayez dans \
            une minute.
            """
        case .linkOver:
            """
            Ce paiement a pris fin entre-temps, son lien n’est donc plus envoyé. Comment il s’est \
            terminé : status {reference}
            """
        case .linkGone:
            """
            Le lien vient d’expirer, il n’y a donc plus rien à renvoyer. Dans un instant, vous \
            pourrez demander comment il s’est terminé\u{A0}: status {reference}
            """
        case .troubled:
            """
            Un problème est survenu de notre côté. Avant de renvoyer, voyez ce qu’il en est : status
            """
        case .afterAll:
            """
            Cela a finalement fonctionné\u{A0}: c’est cette réponse qui compte, et non la \
            précédente. Inutile de renvoyer le message.
            """
        case .holdsNow:
            """
            La situation a changé entre-temps\u{A0}: c’est cette réponse qui compte, et non la précédente.
            """
        case .payerPhoneAsk:
            """
            Vers quel téléphone envoyer la demande de {amount} ? Envoyez le numéro du client, par \
            exemple : 069123456
            """
        case .payerNameAsk: "Et le nom du client, s’il vous plaît ? Je le retiendrai pour ce téléphone."
        case .requestSent:
            """
            {payer} peut maintenant confirmer dans l’application bancaire. La confirmation arrive \
            d’elle-même ici.
            """
        case .requestUncertain:
            """
            La réponse de la banque s’est perdue : la demande est peut-être sur le téléphone de \
            {payer}, peut-être pas. Je ne l’envoie pas deux fois : demandez, puis attendez l’issue, \
            que je vous dirai.
            """
        case .receiptRequestExpired: "Demande expirée"
        case .receiptRequestPaidLate: "Payé après la clôture de la demande"
        case .requestRenewButton: "Nouvelle demande"
        case .requestRenewNote:
            """
            Le bouton envoie une nouvelle demande au même téléphone. Il fonctionne une seule fois, \
            pendant une semaine.
            """
        case .requestRetry:
            """
            Pour une nouvelle demande, écrivez\u{A0}:
            {command}
            """
        case .requestSentAgain:
            """
            La demande est de nouveau sur le même téléphone\u{A0}: le client peut confirmer dans \
            l’application bancaire. La confirmation arrive d’elle-même ici.
            """
        case .cancelDoneRequest: "Si le client confirme malgré tout la demande, je vous le dirai aussitôt."
        case .requestNotSent:
            """
            La banque ne répond pas pour le moment, la demande n’a donc pas été envoyée. Réessayez \
            dans une minute.
            """
        case .requestRefused:
            """
            La banque n’a pas accepté cette demande, le client ne l’a donc pas reçue. Vérifiez le \
            montant et le téléphone ou contactez la banque.
            """
        case .limitPerDay:
            """
            Ce paiement dépasserait la limite de {limit} par jour. Elle repart demain ; la banque \
            peut la relever.
            """
        case .limitReached:
            """
            La limite de la banque pour {merchant} ne permet pas ce paiement. La banque peut la \
            relever.
            """
        case .sellerTooFast:
            """
            Beaucoup de paiements en peu de temps : je fais une pause. Renvoyez-le dans {minutes}.
            """
        case .merchantTooFast:
            """
            {merchant} fait énormément de paiements en ce moment. Renvoyez-le dans {minutes}.
            """
        }
    }
}
