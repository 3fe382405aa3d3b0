"""The peer that search is measured beside: LangChain's EnsembleRetriever, BM25 and FAISS, with the same embeddings as ours."""

import warnings
from collections.abc import Sequence

from retrieval.evaluation.datasets import Item
from retrieval.language import detect
from retrieval.protocols import Embedder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # langchain-community announces its own end at import
    from langchain_classic.retrievers import EnsembleRetriever
    from langchain_community.retrievers import BM25Retriever
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

FOUND = 20  # chunks by each leg


class Same(Embeddings):
    """Our embedder as LangChain calls it."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self.embedder.passages(texts, [detect(text) for text in texts]).tolist()  # type: ignore[no-any-return]

    def embed_query(self, text: str) -> list[float]:
        return self.embedder.query(text, detect(text))[0].tolist()  # type: ignore[no-any-return]


class Ensemble:
    """As its documentation sets it up: chunks of 1,000 characters, both legs with equal weight, reciprocal ranks."""

    def __init__(self, items: Sequence[Item], embedder: Embedder) -> None:
        splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=100)
        documents = [
            Document(f"{item.title}\n{part}", metadata={"id": item.id})
            for item in items
            for part in splitter.split_text(item.text) or [""]
        ]
        self.chunks = len(documents)
        words = BM25Retriever.from_documents(documents, k=FOUND)
        vectors = FAISS.from_documents(documents, Same(embedder)).as_retriever(search_kwargs={"k": FOUND})
        self.retriever = EnsembleRetriever(retrievers=[words, vectors], weights=[0.5, 0.5])

    def ranking(self, question: str) -> list[str]:
        """Document ids, best first."""
        return list(dict.fromkeys(found.metadata["id"] for found in self.retriever.invoke(question)))
