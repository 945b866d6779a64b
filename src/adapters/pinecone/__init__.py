"""Vectors in Pinecone: one serverless index, a namespace for each user, on the official asynchronous SDK."""

from adapters.pinecone.connection import PineconeConnection
from adapters.pinecone.errors import VectorStoreUnavailable, WrongIndex
from adapters.pinecone.vector_store import PineconeVectorStore

__all__ = ["PineconeConnection", "PineconeVectorStore", "VectorStoreUnavailable", "WrongIndex"]
