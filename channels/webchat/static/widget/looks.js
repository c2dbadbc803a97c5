/* The chat widget: one element, no framework, cookie or eval. First its words and looks. */
"use strict";
const script = document.currentScript;
const BASE = new URL(".", script?.src || location.href);
const KEYS = ("open close write send attach ai team typing failed retry offline sources " +
	"log waiting remove").split(" ");
const TEXTS = {
	en: "Open chat|Close chat|Write a message|Send|Attach a file|AI assistant|Team|Writing an answer|Not sent|Try again|Reconnecting|Sources|Conversation|Waiting for a person|Remove",
	de: "Chat öffnen|Chat schließen|Nachricht schreiben|Senden|Datei anhängen|KI-Assistent|Team|Eine Antwort entsteht|Nicht gesendet|Nochmals versuchen|Neuer Verbindungsversuch|Quellen|Unterhaltung|Wartet auf einen Menschen|Entfernen",
	fr: "Ouvrir le chat|Fermer le chat|Écrire un message|Envoyer|Joindre un fichier|Assistant IA|Équipe|Réponse en cours|Non envoyé|Réessayer|Reconnexion|Sources|Conversation|En attente d’une personne|Retirer",
	es: "Abrir el chat|Cerrar el chat|Escribe un mensaje|Enviar|Adjuntar un archivo|Asistente de IA|Equipo|Escribiendo una respuesta|No enviado|Reintentar|Reconectando|Fuentes|Conversación|Esperando a una persona|Quitar",
	it: "Apri la chat|Chiudi la chat|Scrivi un messaggio|Invia|Allega un file|Assistente IA|Team|Sto scrivendo una risposta|Non inviato|Riprova|Riconnessione|Fonti|Conversazione|In attesa di una persona|Rimuovi",
	pt: "Abrir o chat|Fechar o chat|Escreva uma mensagem|Enviar|Anexar um ficheiro|Assistente de IA|Equipa|A escrever uma resposta|Não enviada|Tentar de novo|A ligar de novo|Fontes|Conversa|À espera de uma pessoa|Remover",
	nl: "Chat openen|Chat sluiten|Schrijf een bericht|Versturen|Bestand bijvoegen|AI-assistent|Team|Antwoord wordt geschreven|Niet verstuurd|Opnieuw proberen|Opnieuw verbinden|Bronnen|Gesprek|Wacht op een medewerker|Verwijderen",
};

const CSS = `
:host{--bg:var(--fd-bg,light-dark(#fff,#16191d));--ink:var(--fd-ink,light-dark(#1b1f24,#eceff2));--soft:var(--fd-soft,light-dark(#f1f3f5,#262b31));--line:var(--fd-line,light-dark(#d5dae0,#3b424a));--dim:var(--fd-dim,light-dark(#59626c,#a5afb9));--bad:light-dark(#b3261e,#ff9a92);font:15px/1.45 system-ui,sans-serif;color-scheme:light dark}
*{box-sizing:border-box}[hidden]{display:none!important}
button,textarea{font:inherit;color:inherit}button{cursor:pointer}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}header :focus-visible{outline-color:currentColor}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.launch,.panel{position:fixed;right:20px;bottom:20px;z-index:9999999;box-shadow:0 3px 20px #0005}
.left>*{right:auto;left:20px}
.launch{width:58px;height:58px;border:0;border-radius:50%;background:var(--brand);color:var(--on)}
.count{position:absolute;top:-4px;right:-4px;min-width:22px;border-radius:11px;background:#b3261e;color:#fff;font-size:13px}
svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2;vertical-align:middle}
.panel{display:flex;flex-direction:column;background:var(--bg);color:var(--ink);overflow:hidden;bottom:90px;width:390px;height:min(640px,100dvh - 110px);border:1px solid var(--line);border-radius:var(--fd-radius,16px)}
.inline,.inline .panel{position:static;width:100%;height:100%;box-shadow:none}
header{display:flex;gap:10px;align-items:center;padding:12px 14px;background:var(--brand);color:var(--on)}
header img{width:36px;height:36px;object-fit:contain}
header div{flex:1;min-width:0}header b,header small{display:block;overflow:hidden;text-overflow:ellipsis}
.tool{background:none;border:0;border-radius:8px;min-width:40px;min-height:40px}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:14px;display:flex;flex-direction:column;align-items:start;gap:10px}
.log>:first-child{margin-top:auto}
.m{max-width:86%;overflow-wrap:anywhere}
.b{background:var(--soft);padding:8px 12px;border-radius:var(--fd-bubble,14px)}
.customer{align-self:flex-end}
.customer .b{background:var(--fd-mine,var(--brand));color:var(--fd-on-mine,var(--on));white-space:pre-wrap}
.system{align-self:center;max-width:94%}.system .b{background:none;border:1px solid var(--line);color:var(--dim);font-size:14px}
.pending .b{opacity:.65}
.who,.src{font-size:13px;color:var(--dim);margin:3px 2px}.who b{color:var(--ink)}
.tag{border:1px solid;border-radius:6px;padding:0 5px;font-size:12px}
.b>:first-child{margin-top:0}.b>:last-child{margin-bottom:0}.b p,.b ul,.b ol,.b pre,.b blockquote{margin:8px 0}.b ul,ol{padding-inline-start:22px;margin:2px 0}
pre{overflow-x:auto}blockquote{border-inline-start:3px solid var(--line);padding-inline-start:10px}
td,th{border:1px solid var(--line);padding:3px 7px;text-align:start}
a{color:var(--link)}.customer a{color:inherit}
.row{display:flex;flex-wrap:wrap;gap:7px;margin-top:7px}
.pill{background:var(--bg);border:1px solid var(--link);color:var(--link);border-radius:18px;padding:6px 13px;min-height:36px;text-align:start}
.pill:disabled{opacity:.55}
.err,.state{color:var(--bad);font-size:13px;text-align:end}.err button{background:none;border:0;text-decoration:underline;padding:6px}
.state{padding:6px 14px;background:var(--soft)}
.dots{padding:0 16px;height:24px}.dots i{display:inline-block;width:7px;height:7px;margin-right:4px;border-radius:50%;background:var(--dim);animation:d 1.2s infinite}.dots i+i{animation-delay:.2s}.dots i+i+i{animation-delay:.4s}
@keyframes d{30%{transform:translateY(-4px)}60%{transform:none}}
form,.chips{display:flex;align-items:flex-end;gap:4px;padding:8px;border-top:1px solid var(--line);margin:0}
textarea{flex:1;min-width:0;resize:none;max-height:140px;border:1px solid var(--dim);border-radius:10px;background:var(--bg);padding:8px 10px}
.send{color:var(--link)}::placeholder{color:var(--dim);opacity:1}
@media(max-width:480px){.float .panel{inset:0;width:100%;height:100dvh;border:0;border-radius:0}.on .launch{display:none}}
@media(prefers-reduced-motion:reduce){*{animation:none!important}}`;
