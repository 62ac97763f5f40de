"""The shapes of OpenAI's chat completions, as far as a service that answers from an archive has them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from api.schemas import Day
from rag.bounds import MAX_K

MODEL, EXTRACTIVE_MODEL = "dateline", "dateline-extractive"
"""What answers: the configured generator, and the archive's own sentences."""
_MOST_PARTS = 1_000
# With a limit, pydantic looks at the characters: without one it lets half of one pass, which no answer could hold.
_Text = Annotated[str, Field(max_length=1_000_000)]


class PartBody(BaseModel):
    """One part of a message; only text is read."""

    type: _Text
    text: _Text | None = None


class ChatMessageBody(BaseModel):
    """One message. Those of the system and of tools are not read: nobody but the archive may say what is true here."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Text | Annotated[list[PartBody], Field(max_length=_MOST_PARTS, fail_fast=True)] | None = None

    def text(self) -> str:
        """Return the text of the message, of all its parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type in {"text", "input_text"} and part.text)
        return self.content or ""


class StreamOptionsBody(BaseModel):
    """What a stream is to hold."""

    include_usage: StrictBool | None = None


class ChatBody(BaseModel):
    """What `POST /v1/chat/completions` takes. Sampling options and tools that clients send along are ignored.

    `as_of`, `from`, `to`, `publishers` and `k` are those of `POST /v1/answer`.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "Who operates the WEST tokamak?"}]}]
        },
    )

    # Another one is no field that cannot be used: it is 404, as clients of OpenAI's API know it.
    model: Annotated[_Text, Field(json_schema_extra={"enum": [MODEL, EXTRACTIVE_MODEL]})]
    messages: Annotated[list[ChatMessageBody], Field(min_length=1, max_length=2_000, fail_fast=True)]
    stream: StrictBool | None = None
    stream_options: StreamOptionsBody | None = None
    n: Annotated[StrictInt, Field(ge=1, le=1)] | None = None
    as_of: Day = None
    since: Annotated[Day, Field(alias="from")] = None
    until: Annotated[Day, Field(alias="to")] = None
    publishers: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=50)] = []
    k: Annotated[StrictInt, Field(ge=1, le=MAX_K)] | None = None


class ModelBody(BaseModel):
    """Something that answers."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["dateline"] = "dateline"


class ModelsBody(BaseModel):
    """What `GET /v1/models` gives."""

    object: Literal["list"] = "list"
    data: list[ModelBody]


class UrlCitationBody(BaseModel):
    """Where a number stands in the content, in Unicode code points with the end exclusive, and what it links to."""

    start_index: int
    end_index: int
    title: str
    url: str


class AnnotationBody(BaseModel):
    """A citation in OpenAI's shape."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationBody


class CompletionMessageBody(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[AnnotationBody] = []


class ChoiceBody(BaseModel):
    """The one choice."""

    index: Literal[0] = 0
    message: CompletionMessageBody
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class UsageBody(BaseModel):
    """Tokens (cl100k_base): the messages as sent, and the content."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class SearchResultBody(BaseModel):
    """A source as Perplexity's clients read it, with the quote."""

    title: str
    url: str
    date: str | None
    snippet: str


class ExtensionsBody(BaseModel):
    """What other clients read of citations, and the answer as `POST /v1/answer` gives it."""

    citations: list[str]
    search_results: list[SearchResultBody]
    dateline: dict[str, Any] | None


class CompletionBody(ExtensionsBody):
    """What `POST /v1/chat/completions` gives."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[ChoiceBody]
    usage: UsageBody
