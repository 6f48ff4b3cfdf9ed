namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Floats as integers of the same order: -0.0 before 0.0, and one NaN, last. Comparing, grouping and sorting all go by it.</summary>
internal static class FloatOrder
{
    /// <summary>Maps a float to an integer; <see cref="ToFloat"/> undoes it but for the NaNs, which become one.</summary>
    public static int ToInt(float value) => Flip(float.IsNaN(value) ? 0x7FC00000 : BitConverter.SingleToInt32Bits(value));

    /// <summary>Undoes <see cref="ToInt"/>.</summary>
    public static float ToFloat(int value) => BitConverter.Int32BitsToSingle(Flip(value));

    /// <summary>Maps a double to an integer; <see cref="ToDouble"/> undoes it but for the NaNs, which become one.</summary>
    public static long ToLong(double value) => Flip(double.IsNaN(value) ? 0x7FF8000000000000 : BitConverter.DoubleToInt64Bits(value));

    /// <summary>Undoes <see cref="ToLong"/>.</summary>
    public static double ToDouble(long value) => BitConverter.Int64BitsToDouble(Flip(value));

    // A negative float has its sign bit set and grows with its magnitude: flipping the other bits turns the order round.
    private static int Flip(int bits) => bits ^ (bits >> 31 & int.MaxValue);

    private static long Flip(long bits) => bits ^ (bits >> 63 & long.MaxValue);
}
