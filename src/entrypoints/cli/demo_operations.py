"""The GraphQL operations of the demonstration: the study loop as any client would write it."""

from __future__ import annotations

SERVICE = "{ service { version languageModel embedder vectorStore } viewer { credits { available } } }"

ADD_SOURCE = """
mutation ($input: AddSourceInput!) {
  addSource(input: $input) { duplicate source { id title kind status } }
}"""

SOURCE_PROGRESS = """
subscription ($id: ID!) {
  sourceProgress(id: $id) { title status errorMessage pageCount chunkCount embeddedChunkCount etaSeconds language }
}"""

SEARCH = """
query ($input: SearchInput!) {
  search(input: $input) {
    coverage { lexical semantic degraded }
    hits { score similarity lexicalScore chunk { content page heading } }
  }
}"""

CHAT = """
subscription ($input: ChatInput!) {
  chat(input: $input) {
    __typename seq
    ... on TextDelta { text }
    ... on CitationAdded { citation { marker quote page start end verdict } }
    ... on TurnCompleted { tokensUsed creditsCharged balance }
    ... on TurnFailed { code message }
  }
}"""

GENERATE = """
mutation ($input: GenerateExercisesInput!) {
  generateExercises(input: $input) {
    creditsCharged
    rejected { gate count }
    exercises { id kind difficulty grammarFocus question options solution { key } }
  }
}"""

CHUNKS = """
query ($id: ID!, $after: String) {
  node(id: $id) {
    ... on Source { chunks(first: 100, after: $after) { nodes { content } pageInfo { hasNextPage endCursor } } }
  }
}"""

SUBMIT = """
mutation ($input: SubmitAnswerInput!) {
  submitAnswer(input: $input) {
    response {
      answer score faults overallFeedback gradedBy
      rubric { criterion score maxScore comment }
      suggestedReview { page content }
    }
    exercise { question solution { key evidence { quote page } } timesAttempted averageScore }
  }
}"""

LEDGER = """
{ viewer {
    credits { available held monthlyAllowance nextResetAt }
    creditEntries(first: 20) { nodes { operation cost tokensUsed balanceAfter } }
} }"""
