using System.Numerics;

namespace Arctic.KeyedTables;

/// <summary>
/// A node of the format's binary tree of hash residues (spec/arctic.md, A.5): the keys whose hash gives <paramref name="Index"/> under <paramref name="Mask"/>.
/// Files of different masks may lie side by side, so buckets are compared with <see cref="Contains"/>, never by index alone.
/// </summary>
/// <param name="Mask">2^k - 1; the number of buckets of this depth less one.</param>
/// <param name="Index">0 to <paramref name="Mask"/>.</param>
internal readonly record struct KeyBucket(int Mask, int Index)
{
    /// <summary>The bucket of all keys.</summary>
    public static readonly KeyBucket Root = new(0, 0);

    /// <summary>The number in the heap order of the tree: what file names hold.</summary>
    public long Id => (long)Mask + 1 + Index;

    /// <summary>The half whose next bit of the hash is 0.</summary>
    public KeyBucket Left => new(2 * Mask + 1, Index);

    /// <summary>The half whose next bit of the hash is 1.</summary>
    public KeyBucket Right => new(2 * Mask + 1, Index + Mask + 1);

    /// <summary>The bucket that this one is a half of.</summary>
    /// <exception cref="InvalidOperationException">This is the root.</exception>
    public KeyBucket Parent => Mask == 0 ? throw new InvalidOperationException("The root of the bucket tree has no parent.") : new(Mask >> 1, Index & (Mask >> 1));

    /// <summary>The bucket with a heap number, or null when no bucket has it.</summary>
    public static KeyBucket? FindById(long id)
    {
        if (id is <= 0 or > int.MaxValue)
        {
            return null;
        }

        var mask = (int)BitOperations.RoundUpToPowerOf2((ulong)id + 1) / 2 - 1;
        return new KeyBucket(mask, (int)(id - mask - 1));
    }

    /// <summary>The bucket of a mask that a key hash (never negative) falls into.</summary>
    public static KeyBucket Of(int hash, int mask) => new(mask, hash & mask);

    /// <summary>Whether every key of <paramref name="other"/> is one of this bucket's: it is the same bucket or a part of it.</summary>
    public bool Contains(KeyBucket other) => other.Mask >= Mask && (other.Index & Mask) == Index;

    /// <summary>Whether a key can lie in both: one contains the other.</summary>
    public bool Overlaps(KeyBucket other) => Contains(other) || other.Contains(this);

    /// <summary>The bucket of a coarser mask that contains this one; this one when it is as coarse already.</summary>
    public KeyBucket AncestorAt(int mask) => mask >= Mask ? this : new(mask, Index & mask);

    /// <summary>The mask of at least so many buckets.</summary>
    public static int MaskFor(int bucketCount) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, bucketCount)) - 1;

    /// <inheritdoc/>
    public override string ToString() => $"({Mask},{Index})";
}
