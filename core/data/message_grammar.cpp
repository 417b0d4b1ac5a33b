#include "core/data/message_grammar.h"

namespace assay {
namespace {

using Rule = TextGrammar::Rule;

std::vector<std::string> numbers(int first, int last) {
  std::vector<std::string> out;
  for (int i = first; i <= last; ++i)
    out.push_back(std::to_string(i));
  return out;
}

/// Who writes, what ails them, and where to find them: the private facts.
std::vector<Rule> facts() {
  return {
      {"first",
       {"james",   "mary",     "robert",  "patricia", "john",    "jennifer", "michael", "linda",
        "david",   "susan",    "william", "karen",    "richard", "nancy",    "joseph",  "lisa",
        "thomas",  "sandra",   "charles", "ashley",   "daniel",  "emily",    "matthew", "donna",
        "anthony", "michelle", "paul",    "carol",    "andrew",  "amanda",   "joshua",  "melissa",
        "kenneth", "deborah",  "kevin",   "laura",    "brian",   "rebecca",  "george",  "sharon",
        "edward",  "cynthia",  "ronald",  "kathleen", "timothy", "amy",      "jason",   "angela",
        "ryan",    "anna",     "jacob",   "brenda",   "gary",    "pamela",   "eric",    "nicole",
        "stephen", "ruth",     "frank",   "helen"}},
      {"last", {"smith",      "johnson",   "williams", "brown",    "jones",   "garcia",   "miller",
                "davis",      "martinez",  "wilson",   "anderson", "taylor",  "moore",    "jackson",
                "martin",     "lee",       "thompson", "white",    "harris",  "clark",    "lewis",
                "robinson",   "walker",    "young",    "allen",    "king",    "wright",   "scott",
                "torres",     "nguyen",    "hill",     "flores",   "adams",   "nelson",   "baker",
                "hall",       "rivera",    "campbell", "mitchell", "carter",  "roberts",  "gomez",
                "phillips",   "evans",     "turner",   "diaz",     "parker",  "cruz",     "edwards",
                "collins",    "reyes",     "stewart",  "morris",   "morales", "murphy",   "cook",
                "rogers",     "gutierrez", "ortiz",    "morgan",   "cooper",  "peterson", "bailey",
                "reed",       "kelly",     "howard",   "ramos",    "kim",     "cox",      "ward",
                "richardson", "watson",    "brooks",   "chavez",   "wood",    "bennett",  "gray",
                "mendoza",    "ruiz",      "hughes"}},
      {"relative", {"mother", "father", "son", "daughter", "wife", "husband", "sister", "brother"}},
      {"number", numbers(1, 99)},
      {"day-of-month", numbers(1, 28)},
      {"month",
       {"january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december"}},
      {"day", {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}},
      {"street",
       {"maple",  "oak",     "cedar",    "elm",     "walnut",  "chestnut", "spruce", "church",
        "mill",   "bridge",  "station",  "river",   "spring",  "lake",     "ridge",  "forest",
        "meadow", "orchard", "garden",   "harbour", "castle",  "market",   "school", "college",
        "north",  "south",   "victoria", "albert",  "windsor", "lincoln"}},
      {"way", {"street", "road", "lane", "avenue", "close"}},
      {"condition", {"asthma",     "diabetes",   "migraine",     "eczema",        "psoriasis",
                     "anaemia",    "angina",     "arthritis",    "gout",          "epilepsy",
                     "depression", "anxiety",    "insomnia",     "vertigo",       "tinnitus",
                     "sinusitis",  "bronchitis", "pneumonia",    "hepatitis",     "hypertension",
                     "thrombosis", "sciatica",   "osteoporosis", "endometriosis", "cystitis",
                     "colitis",    "gastritis",  "reflux",       "shingles",      "acne",
                     "glaucoma",   "cataract",   "hernia",       "fibromyalgia",  "lupus",
                     "hiv",        "chlamydia",  "alcoholism",   "schizophrenia", "dementia"}},
      {"medicine", {"aspirin",    "ibuprofen",    "paracetamol",   "codeine",      "morphine",
                    "tramadol",   "metformin",    "insulin",       "atorvastatin", "simvastatin",
                    "lisinopril", "ramipril",     "amlodipine",    "losartan",     "bisoprolol",
                    "furosemide", "warfarin",     "clopidogrel",   "omeprazole",   "lansoprazole",
                    "salbutamol", "prednisolone", "levothyroxine", "sertraline",   "fluoxetine",
                    "citalopram", "mirtazapine",  "diazepam",      "zopiclone",    "lithium",
                    "olanzapine", "risperidone",  "methadone",     "amoxicillin",  "doxycycline",
                    "penicillin", "methotrexate", "tamoxifen",     "gabapentin",   "sumatriptan"}},
      {"test", {"blood", "urine", "x-ray", "scan", "biopsy", "smear", "allergy", "cholesterol"}},
  };
}

/// What surrounds a request, to whatever desk.
std::vector<Rule> frame() {
  return {
      {"telephone", {"<number> <number> <number>"}},
      {"name", {"<first> <last>"}},
      {"person",
       {"<name>", "<name> born <day-of-month> <month> <number>",
        "<name> of <number> <street> <way>"}},
      {"opening", {"", "hello", "hi", "dear doctor", "good morning", "good afternoon"}},
      {"writer",
       {"this is <person>", "my name is <person>", "<person> here", "i am <person>",
        "i write for my <relative> <person>"}},
      {"ailment",
       {"", "i have had <condition> since <month>", "the <condition> is worse since <day>",
        "i take <medicine> <number> mg", "my <relative> has <condition>",
        "i am allergic to <medicine>"}},
      {"closing",
       {"", "thank you", "please reply soon", "please call <telephone>", "my number is <telephone>",
        "i am at home on <day>"}},
  };
}

/// What each desk does, and what could be anybody's.
std::vector<Rule> requests() {
  return {
      {"appointments-request",
       {"may i come in on <day> about my <condition>", "i need to see the doctor on <day>",
        "i must cancel my visit of <day>", "can we move my visit to <day> <day-of-month> <month>",
        "when is the next free visit", "i would like to be seen for <condition>"}},
      {"prescriptions-request",
       {"i need more <medicine>", "please renew my <medicine> <number> mg",
        "the pharmacy has no prescription for <medicine>", "i have run out of <medicine>",
        "can i have <medicine> instead of <medicine>", "my <medicine> dose is too low"}},
      {"results-request",
       {"are my <test> results back", "what did my <test> test show",
        "the laboratory took my <test> sample on <day>", "do the results say <condition>",
        "i have not heard about my <test> test of <month>", "please send me the <test> report"}},
      {"billing-request",
       {"the invoice of <month> is wrong", "i was charged <number> dollars twice",
        "does my insurance pay for <medicine>", "i have paid the invoice of <number> dollars",
        "my insurance refused the <test> test", "where do i send the payment of <number> dollars"}},
      {"open-request",
       {"please call me back about my <condition>", "i have a question about <medicine>",
        "it is about my <test> test", "i wrote on <day> and nobody answered",
        "my <relative> told me to write to you", "i need your help with my <condition>"}},
  };
}

}  // namespace

const std::vector<std::string>& message_desks() {
  static const std::vector<std::string> desks = {"appointments", "prescriptions", "results",
                                                 "billing"};
  return desks;
}

const TextGrammar& message_grammar() {
  static const auto grammar = [] {
    std::vector<Rule> rules = facts();
    for (const auto& more : {frame(), requests()})
      rules.insert(rules.end(), more.begin(), more.end());
    for (const auto& desk : message_desks()) {
      const auto own = "<" + desk + "-request>";
      rules.push_back({desk + "-matter", {own, own, "<open-request>"}});
      rules.push_back({desk, {"<opening> <writer> <" + desk + "-matter> <ailment> <closing>"}});
    }
    return TextGrammar(rules);
  }();
  return grammar;
}

}  // namespace assay
