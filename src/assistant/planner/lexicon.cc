#include "assistant/planner/lexicon.h"

#include <algorithm>
#include <array>
#include <map>

#include "assistant/planner/catalogue.h"
#include "assistant/router/names.h"
#include "assistant/router/sentence.h"

namespace troupe::assistant::planner {
namespace {

struct VerbRow {
  Verb verb;
  std::string_view words;  ///< folded, with blanks around each
};

// English, German, Spanish, French, Portuguese. A word may stand in several rows.
constexpr VerbRow kVerbs[] = {
    {Verb::find,
     " find search look lookup locate seek query finde such suche suchen busca buscar encuentra cherche chercher "
     "trouve busque "
     "procure procurar encontre "},
    {Verb::list,
     " list lst many show which what display any every see zeige zeig liste welche lista listar muestra muestrame "
     "mostrar "
     "cuales que "
     "quels quelles montre liste listez affiche mostre listar quais "},
    {Verb::get,
     " get show display view see pull details detail info status fetch read who is when zeige zeig hole status muestra "
     "mostrar "
     "montre "
     "affiche mostre "},
    {Verb::create,
     " create creat make start register log issue draft write generate build crea crear cree creer "
     ""
     "erstelle erstellen anlege anlegen lege crie criar "},
    {Verb::add,
     " add put attach upload include append leave save comment note füge fuge hinzufugen hinzu ajoute ajouter agrega "
     "agregar anade "
     "adicione adicionar adiciona kommentiere comente comenta lade hochladen sube "},
    {Verb::send,
     " send post tell message msg dm write say notify ask let ping publish share drop reply remind schick "
     "schicke "
     "sende senden schreib schreibe poste sag manda mandar envia enviar envie publica escribe escreve di dis dile "
     "ecris "
     "diga avisa "},
    {Verb::update,
     " update udpate change edit modify rename set mark move moved fix correct replace close approve cambia cambiar "
     "actualiza "
     "actualizar modifie modifier mets andere aktualisiere atualize atualizar mude altere complete "},
    {Verb::remove,
     " delete remove erase kick losche loschen entferne elimina eliminar borra borrar supprime supprimer exclua apaga "
     "apague remova "},
    {Verb::archive, " archive archiviere archivieren archiva archivar arquive "},
    {Verb::restore, " restore unarchive wiederherstellen restaura restaure "},
    {Verb::invite, " invite add lade einladen invita invitar convide convidar bring put get "},
    {Verb::start, " start launch run starte starten inicia iniciar arranca demarre lance inicie boot enable activate "},
    {Verb::stop, " stop halt shut kill pause disable stoppe stoppen beende para parar pare arrete deten detener "},
    {Verb::join, " join beitreten unete rejoins "},
    {Verb::plan, " schedule plane planifie programa agende later "},
    {Verb::label, " label tag etikettiere etiqueta assign "},
    {Verb::open, " open offne abre abrir ouvre ouvrir "},
};

/// What the first words of intents' names mean.
constexpr std::pair<std::string_view, Verb> kNameVerbs[] = {
    {"search", Verb::find},   {"find", Verb::find},     {"list", Verb::list},       {"get", Verb::get},
    {"show", Verb::get},      {"read", Verb::get},      {"download", Verb::get},    {"who", Verb::get},
    {"ping", Verb::get},      {"create", Verb::create}, {"make", Verb::create},     {"add", Verb::add},
    {"start", Verb::start},   {"stop", Verb::stop},     {"send", Verb::send},       {"post", Verb::send},
    {"update", Verb::update}, {"set", Verb::update},    {"put", Verb::update},      {"patch", Verb::update},
    {"delete", Verb::remove}, {"remove", Verb::remove}, {"archive", Verb::archive}, {"restore", Verb::restore},
    {"invite", Verb::invite}, {"join", Verb::join},     {"schedule", Verb::plan},   {"open", Verb::open},
    {"assign", Verb::label},  {"finish", Verb::update}, {"run", Verb::start},       {"drop", Verb::remove},
    {"share", Verb::send},    {"upload", Verb::add},    {"edit", Verb::update}};

struct ThingRow {
  std::string_view thing;
  std::string_view words;  ///< parted by commas; two words may be one thing's
};

constexpr ThingRow kThings[] = {
    {"project",
     "project,projects,job "
     "site,site,place,house,building,projekt,projekte,projet,projets,chantier,proyecto,proyectos,obra,"
     "projeto,projetos"},
    {"comment",
     "comment,comments,coment,conversation,note,remark,kommentar,kommentare,notiz,comentario,comentarios,nota,"
     "commentaire,remarque"},
    {"photo", "photo,photos,picture,pictures,pic,pics,image,images,foto,fotos,bild,bilder,imagen,imagenes"},
    {"label", "label,labels,etikett,etiqueta,etiquette"},
    {"tag", "tag,tags"},
    {"document", "document,documents,file,files,dokument,dokumente,documento,documentos"},
    {"checklist", "checklist,checklists,checkliste"},
    {"lead", "lead,leads,prospect,prospects,homeowner,prospecto,prospectos,interessent,interessenten"},
    {"contact", "contact,contacts,kontakt,kontakte,contacto,contactos,contato"},
    {"job", "job,jobs,auftrag,auftrage,trabajo,trabajos,trabalho,trabalhos,chantier,chantiers"},
    {"work_order",
     "work order,work orders,workorder,arbeitsauftrag,arbeitsauftrage,orden de trabajo,ordenes de trabajo,"
     "ordre de travail,ordres de travail,ordem de servico,ordens de servico"},
    {"customer", "customer,customers,client,clients,kunde,kunden,cliente,clientes"},
    {"estimate",
     "estimate,estimates,estimats,quote,quotes,bid,kostenvoranschlag,angebot,angebote,presupuesto,"
     "presupuestos,devis,orcamento,orcamentos"},
    {"contract", "contract,contracts,vertrag,vertrage,contrato,contratos,contrat,contrats"},
    {"channel", "channel,channels,chanel,chanels,kanal,kanale,canal,canales,canaux,canais"},
    {"message", "message,messages,mesage,msg,dm,nachricht,nachrichten,mensaje,mensajes,mensagem,mensagens,history"},
    {"member", "member,members,mitglied,mitglieder,miembros,membres,membros"},
    {"user",
     "user,users,account,accounts,people,person,benutzer,nutzer,konto,usuario,usuarios,cuenta,utilisateur,"
     "utilisateurs,compte,conta"},
    {"bot", "bot,bots"},
    {"room", "room,rooms,raum,raume,sala,salas,salon,salons"},
    {"topic", "topic,thema,tema,sujet"},
    {"reaction", "reaction,reactions,emoji"},
    {"crew", "crew,crews,kolonne,cuadrilla,equipe"},
    {"schedule", "schedule,schedules,scheduled,zeitplan,horario"},
    {"takeoff", "takeoff,takeoffs,take off,take offs"},
    {"time_entry", "time entry,time entries,hours,timesheet"},
    {"community", "community,communities"},
    {"floorplan", "floorplan,floorplans,floor plan,floor plans"},
    {"priority", "priority,prioritat,prioridad,priorite"},
    {"milestone", "milestone,milestones"},
    {"history", "history,verlauf,historial"},
    {"appointment", "appointment,appointments,termin"},
    {"notepad", "notepad"},
    {"group", "group,groups,gruppe,gruppen,grupo,grupos,groupe"},
    {"webhook", "webhook,webhooks"},
    {"type", "type,types"},
    {"status", "status,statuses"},
    {"employee", "employee,employees,mitarbeiter,empleado,empleados"},
    {"payment", "payment,payments,zahlung,pago,pagos,paiement"},
    {"invoice", "invoice,invoices,rechnung,factura,facture"},
    {"order", "order,orders,bestellung"},
};

// What is about to be named is none of these.
constexpr std::string_view kPlainWords =
    " a an the this that these those my our your his her their its all any every some each both to in into on onto at "
    "of for "
    "from with by and or as is are was were be new open old last next please pls can could you would i we me us it him "
    "them "
    "do did does have has had if not no yes when where who how many much about saying says called named titled up out "
    "over "
    "off down now today tomorrow yesterday week month year private public der die das den dem des ein eine einen einem "
    "einer zu zum zur im am an auf fur mit von bei und oder el la los las un una unos unas de del al en para por con y "
    "o le "
    "les du des dans sur avec pour et ou au aux o os as um uma no na do da com e em chez system app via through using "
    "use "
    "first second third back there here just also too still again which what near like number id no nr so then than "
    "name called ";

/// "A new lead" makes one; "show the new leads" does not.
constexpr std::string_view kNew =
    " new nouveau nouvelle neu neue neuen neuer neues nuevo nueva nuevos nuevas novo nova novos novas ";

/// At the beginning, and directly before a verb: it is not to be done.
constexpr std::string_view kDont =
    " don't dont mustn't shouldn't never nie niemals nunca jamais nao avoid refrain nobody noone evita evite ";
constexpr std::string_view kNot = " not never nie niemals nunca jamais nao dont don't ";
constexpr std::string_view kFiller = " ever please yet you dare just even again to ";
/// "Don't forget to" wants it done.
constexpr std::string_view kNotForgotten = " forget hesitate vergiss vergessen olvides oublie esqueca ";
/// Also behind the verb: "schicke keine Nachricht", "n'envoie pas".
constexpr std::string_view kNotAnywhere =
    " nicht nichts kein keine keinen keinem keinerlei niemals pas jamais aucun aucune rien ningun ninguna ninguno nada "
    "nenhum nenhuma nothing ";
/// "Do we post it?" asks, "do post it" orders.
constexpr std::string_view kSubjects = " i we you they he she it the ";
/// "Nicht in Bolt, sondern in AccuLynx".
constexpr std::string_view kButThere = " sondern mais ";
/// "If you can, …", "si c'est possible", "s'il te plaît" are no conditions.
constexpr std::string_view kCould =
    " can could would please wish like kannst konntest konnen konnten mochtest peux pouvez veux voulez plait ";
constexpr std::string_view kIfs = " if wenn falls si se s'il ";
constexpr std::string_view kPossible = " possible moglich posible possivel puedes puede podes pueden puder puderes ";
constexpr std::string_view kStreets =
    " st street ave avenue av rd road blvd boulevard dr drive ln lane ct court pl place way ter terrace pkwy hwy ";
constexpr std::string_view kTimes =
    " monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun tomorrow tonight noon "
    "midnight today january february march april may june july august september october november december end next ";
constexpr std::string_view kSpans = " set move schedule reschedule book extend change from ";
constexpr std::string_view kPutsOff = " wait waits hold not never no don't dont nothing nobody ";
constexpr std::string_view kBehindStreets = " and with for in on to at by ";
constexpr std::string_view kYou = " you du sie ihr tu vous ustedes usted te es c'est ";
/// "Could I create one without an e-mail?" asks what is possible.
constexpr std::string_view kMay = " can could may might ";
/// What begins a question, or a condition.
constexpr std::string_view kNoOrder =
    " did was were has had should how why whether if when unless what who wann warum wieso wie hat wurde "
    "soll sollte falls wenn como cuando porque debo quando pourquoi combien si se s'il s'ils once until after before "
    "provided providing assuming suppose supposing sobald nachdem bevor sofern is are am does isn't aren't doesn't "
    "didn't wasn't weren't hasn't haven't whether ist sind hast habt haben wurden est sont as-tu avez-vous lorsque "
    "quanto cuantos cuantas combien ";
/// The same anywhere in the command: "post it if it rains". "If you can" and "if possible" are polite.
constexpr std::string_view kCondition =
    " if unless when whenever whether once until falls wenn sobald sofern sollte sollten si s'il s'ils s'elle se "
    "cuando "
    "quando quand lorsque lorsqu'il sauf salvo ";
/// What says by itself that nothing is to be done now, wherever it stands.
constexpr std::array<std::string_view, 36> kNoOrderPhrases{
    " in case ",       " as long as ",   " refrain from ", " no circumstances ", " nobody should ",
    " no one should ", " as soon as ",   " only if ",      " provided that ",    " on condition ",
    " des que ",       " en cuanto ",    " assim que ",    " on the condition ", " in the event ",
    " as and when ",   " depending on ", " subject to ",   " es sei denn ",      " im fall ",
    " vorausgesetzt ", " a moins que ",  " a menos que ",  " au cas ",           " en cas de ",
    " en caso ",       " em caso ",      " siempre que ",  " siempre y cuando ", " con tal ",
    " tan pronto ",    " pourvu que ",   " desde que ",    " a condition que ",  " a condition de ",
    " a condicion "};
/// "I have already posted it" reports.
constexpr std::string_view kDone = " already bereits deja ";
constexpr std::size_t kFirstWords = 4;

constexpr std::string_view kBeforeVerbs = " please pls you to and just then bitte por favor ";

const std::map<std::string, std::string, std::less<>>& things_by_word() {
  static const auto all = [] {
    std::map<std::string, std::string, std::less<>> out;
    for (const auto& row : kThings) {
      for (std::size_t begin = 0; begin < row.words.size();) {
        const auto end = std::min(row.words.find(',', begin), row.words.size());
        out.emplace(std::string(row.words.substr(begin, end - begin)), std::string(row.thing));
        begin = end + 1;
      }
    }
    return out;
  }();
  return all;
}

std::set<Verb> verbs_of_word(std::string_view word) {
  std::set<Verb> out;
  for (const auto& row : kVerbs) {
    if (router::is_one_of(word, row.words)) out.insert(row.verb);
  }
  return out;
}

constexpr std::size_t kShortestMistyped = 5;
/// What commands stands at the beginning; each further word costs a comparison with all that are known.
constexpr std::size_t kMostSaidWords = 300;

enum class Spelling : std::uint8_t { exact, mistyped };

/// The thing that the word means; of people's words also one mistyped by a letter.
std::string thing_of(std::string_view word, Spelling spelling) {
  const auto& known = things_by_word();
  if (const auto found = known.find(word); found != known.end()) return found->second;
  if (spelling == Spelling::exact || word.size() < kShortestMistyped || !verbs_of_word(word).empty()) return {};
  for (const auto& [each, thing] : known) {
    if (each.size() >= kShortestMistyped && !each.contains(' ') && each[0] == word[0] &&
        router::edits_between(each, word, 1) <= 1)
      return thing;
  }
  return {};
}

bool is_plural(std::string_view word) {
  return word.size() > 3 && (word.ends_with('s') || word.ends_with("en") || word.ends_with("aux")) &&
         !word.ends_with("ss") && !word.ends_with("us");
}

struct PhraseEnd {
  std::string thing;
  std::size_t words = 0;
};

/// "work order" at `at`, as one thing of up to three words.
PhraseEnd thing_at(const std::vector<std::string_view>& words, std::size_t at, Spelling spelling) {
  for (std::size_t count = std::min<std::size_t>(3, words.size() - at); count > 1; --count) {
    std::string phrase(words[at]);
    for (std::size_t i = 1; i < count; ++i) phrase += " " + std::string(words[at + i]);
    if (const auto found = things_by_word().find(phrase); found != things_by_word().end())
      return {.thing = found->second, .words = count};
  }
  return {.thing = thing_of(words[at], spelling), .words = 1};
}

/// Whether "no" is "in the".
bool is_romance(const std::vector<std::string_view>& words) {
  static constexpr std::string_view kPortuguese = " uma um na da do ao os as para com canal projeto mensagem ";
  return std::ranges::any_of(words, [](auto word) { return router::is_one_of(word, kPortuguese); });
}

/// Whether names stand behind it one after the other: "projects (for) Ash and Birch", not "leads, and call them".
bool is_listed(const std::vector<std::string_view>& words, std::size_t from) {
  constexpr std::string_view kAnd = " and und y et e ";
  constexpr std::size_t kMostWordsBefore = 8;
  // "The projects page of Ash and Birch" is one page.
  constexpr std::string_view kWholes =
      " page list folder view tab board report sheet section overview album file dashboard group team meeting system ";
  if (from < words.size() && router::is_one_of(words[from], kWholes)) return false;
  std::size_t named = 0;
  for (auto at = from; at < std::min(words.size(), from + kMostWordsBefore); ++at) {
    if (named > 0 && router::is_one_of(words[at], kAnd)) {
      const auto is_name = [&](std::size_t i) { return i < words.size() && !is_plain_word(words[i]); };
      const bool is_household = named == 1 && is_name(at + 1) && is_name(at + 2);  // "Ann and Bob Smith"
      return is_name(at + 1) && !is_household;
    }
    if (!verbs_of_word(words[at]).empty()) return false;
    if (!is_plain_word(words[at])) ++named;
  }
  return false;
}

/// The words of the command as they were said, names of services among them.
bool is_no_order(const std::vector<std::string_view>& words, const std::set<std::string, std::less<>>& names) {
  constexpr std::string_view kOpening = " please pls hey hi ok okay and but so bitte por favor svp well you ";
  std::size_t first = 0;
  while (first < words.size() && (router::is_one_of(words[first], kOpening) || names.contains(words[first]))) ++first;
  const auto word = [&](std::size_t at) { return at < words.size() ? words[at] : std::string_view(); };
  const auto is_polite = [&](std::size_t at) {
    const auto next = word(at + 1);
    const auto before = at > 0 ? words[at - 1] : std::string_view();
    if (word(at) == "once") return next == "more" || next == "again" || before == "at";
    if (word(at) == "se" && router::is_one_of(before, kStreets))  // "415 Oak Ave SE"
      return !is_romance(words) && (next.empty() || router::is_one_of(next, kBehindStreets));
    // "Schedule it from Monday until Friday", not "leave it until Friday".
    if (word(at) == "until") {
      const bool is_time = router::is_one_of(next, kTimes) || (!next.empty() && next[0] >= '0' && next[0] <= '9');
      const auto has = [&](std::string_view of) {
        return std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at),
                           [&](auto each) { return router::is_one_of(each, of); });
      };
      return is_time && has(kSpans) && !has(kPutsOff);
    }
    const bool asks = router::is_one_of(word(at), kIfs) || word(at) == "when" || word(at) == "whenever";
    if (!asks) return false;
    const auto third = word(at + 2);
    if (router::is_one_of(next, kPossible)) return true;
    if (!router::is_one_of(next, kYou)) return false;
    if (router::is_one_of(third, kPossible)) return true;
    if (!router::is_one_of(third, kCould)) return false;
    // "When you can reach Ann" depends on that; so does what you can find.
    const auto behind = at + 3;
    if (behind >= words.size() || router::is_one_of(word(behind), kOpening)) return true;
    const auto verbs = verbs_of_word(word(behind));
    return at == first && std::ranges::any_of(verbs, [](Verb verb) { return !is_reading(verb); });
  };
  if (!is_polite(first) && router::is_one_of(word(first), kNoOrder)) return true;
  if (router::is_one_of(word(first), kMay) && word(first + 1) == "i") return true;
  if (word(first) == "do" && router::is_one_of(word(first + 1), kSubjects)) return true;
  std::string command = " ";
  for (auto at = first; at < words.size(); ++at) (command += words[at]) += ' ';
  constexpr std::string_view kSoon = " as soon as possible ";
  if (const auto soon = command.find(kSoon); soon != command.npos) command.erase(soon, kSoon.size() - 1);
  if (std::ranges::any_of(kNoOrderPhrases, [&](auto phrase) { return command.contains(phrase); })) return true;
  for (auto at = first; at < words.size(); ++at) {
    if (at < first + kFirstWords && router::is_one_of(words[at], kDone)) return true;
    if (at > first && router::is_one_of(words[at], kCondition) && !is_polite(at)) return true;
  }
  const bool elsewhere = std::ranges::any_of(words, [](auto each) { return router::is_one_of(each, kButThere); });
  if (!elsewhere && std::ranges::any_of(words, [](auto each) { return router::is_one_of(each, kNotAnywhere); }))
    return true;
  for (auto at = first; at < words.size(); ++at) {
    auto behind = at + 1;
    while (behind < words.size() && router::is_one_of(words[behind], kFiller)) ++behind;
    const auto next = word(behind);
    if (router::is_one_of(next, kNotForgotten)) return false;
    if (at == first && router::is_one_of(words[at], kDont)) return true;
    // In Portuguese it is "in the".
    if (at == first && words[at] == "no") return !names.contains(next) && thing_of(next, Spelling::exact).empty();
    if (router::is_one_of(words[at], kNot) && !verbs_of_word(next).empty()) return true;
    // "Create no channel".
    if (!verbs_of_word(words[at]).empty())
      return word(at + 1) == "no" && !thing_of(word(at + 2), Spelling::exact).empty() && !is_romance(words);
  }
  return false;
}

}  // namespace

bool is_reading(Verb verb) {
  return verb == Verb::find || verb == Verb::list || verb == Verb::get || verb == Verb::open;
}

bool is_plain_word(std::string_view word) {
  return router::is_one_of(word, kPlainWords) || router::is_one_of(word, kNew) || !verbs_of_word(word).empty();
}

std::string singular(std::string_view word) {
  if (word.size() > 4 && word.ends_with("ies")) return std::string(word.substr(0, word.size() - 3)) + "y";
  if (word.size() > 4 && (word.ends_with("sses") || word.ends_with("uses") || word.ends_with("xes")))
    return std::string(word.substr(0, word.size() - 2));
  if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us"))
    return std::string(word.substr(0, word.size() - 1));
  return std::string(word);
}

Meaning meaning_of_sentence(std::string_view text, const std::set<std::string, std::less<>>& ignored) {
  const router::Sentence sentence(text);
  std::vector<std::string_view> words, said;
  auto before = router::Part::command;
  for (const auto& token : sentence.tokens()) {
    if (token.kind != router::Kind::word) continue;
    // The word that begins an aside may belong to what the command says: "dès que", "a menos que".
    const bool begins = token.part == router::Part::aside && before == router::Part::command;
    before = token.part;
    if ((token.part == router::Part::command || begins) && said.size() < kMostSaidWords) said.push_back(token.text);
    if (token.part != router::Part::command) continue;
    if (words.size() < kMostSaidWords && !ignored.contains(token.text)) words.push_back(token.text);
  }
  Meaning out;
  out.no_order = is_no_order(said, ignored);
  for (std::size_t at = 0; at < words.size();) {
    const auto found = thing_at(words, at, Spelling::mistyped);
    if (found.words == 1) {
      auto verbs = verbs_of_word(words[at]);
      if (verbs.empty() && words[at].size() >= kShortestMistyped && found.thing.empty()) {
        for (const auto& row : kVerbs) {
          for (std::size_t begin = 1; begin < row.words.size();) {
            const auto end = row.words.find(' ', begin);
            const auto known = row.words.substr(begin, end - begin);
            if (known.size() >= kShortestMistyped && router::edits_between(known, words[at], 1) <= 1)
              verbs.insert(row.verb);
            begin = end + 1;
          }
        }
      }
      // "Leave a comment" names a thing, "comment on it" and "please comment on it" say what to do.
      const bool noun = !found.thing.empty() && at > 0 && !router::is_one_of(words[at - 1], kBeforeVerbs);
      if (!noun) out.verbs.insert(verbs.begin(), verbs.end());
    }
    if (!found.thing.empty()) {
      if (out.first.empty()) out.first = found.thing;
      out.things.insert(found.thing);
      if (is_plural(words[at + found.words - 1])) {
        out.plural = true;
        if (is_listed(words, at + found.words)) out.listed.insert(found.thing);
      }
    } else if (!is_plain_word(words[at])) {
      out.things.insert(singular(words[at]));
    }
    at += found.words;
  }
  const bool new_thing = std::ranges::any_of(words, [](auto word) { return router::is_one_of(word, kNew); });
  if (new_thing && (out.verbs.empty() || out.verbs == std::set{Verb::open})) out.verbs = {Verb::create};
  if (out.verbs.contains(Verb::create)) out.verbs.erase(Verb::open);
  return out;
}

Meaning meaning_of_name(std::string_view intent) {
  Meaning out;
  auto words = words_of_name(intent);
  std::size_t at = 0;
  if (!words.empty()) {
    const auto* known = std::ranges::find(kNameVerbs, words[0], &std::pair<std::string_view, Verb>::first);
    if (known != std::end(kNameVerbs)) {
      out.verbs.insert(known->second);
      at = 1;
    }
  }
  const std::vector<std::string_view> rest(words.begin(), words.end());
  while (at < rest.size()) {
    const auto found = thing_at(rest, at, Spelling::exact);
    const auto& last = rest[at + found.words - 1];
    out.plural = is_plural(last);  // of the last thing: "list_work_orders_of_job" lists work orders of one job
    if (!found.thing.empty()) {
      out.things.insert(found.thing);
    } else if (!router::is_one_of(last, kPlainWords)) {
      out.things.insert(singular(last));
    }
    at += found.words;
  }
  return out;
}

std::vector<std::string> words_for(std::string_view thing) {
  std::vector<std::string> out;
  for (const auto& [word, means] : things_by_word()) {
    if (means == thing) out.push_back(word);
  }
  if (out.empty()) {
    std::string spoken(thing);
    std::ranges::replace(spoken, '_', ' ');
    out = {spoken, spoken + "s"};
  }
  std::ranges::sort(out, std::ranges::less(),
                    [](const std::string& each) { return std::pair(-static_cast<int>(each.size()), each); });
  return out;
}

}  // namespace troupe::assistant::planner
